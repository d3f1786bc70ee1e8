#pragma once

#include <optional>
#include <vector>

#include "reenact/core/crop.h"
#include "reenact/render/window_planes.h"

namespace reenact {

/// Windows of one kind in one frame.
struct PlacedWindows {
  PaintedWindows painted;
  std::vector<WindowPlace> places;
};

/// What is to be drawn in one frame, as a generator says but for the light, at the network's resolution:
/// row-major planes of size×size floats.
struct GeneratedFrame {
  int size = 0;
  std::vector<float>
      flow;  ///< 2 planes, total backward flow (geometric + residual) in grid units (crop spans [−1,1])
  std::vector<float> weight;  ///< 1 plane in [0,1]: trust in the warped photo
  std::vector<float>
      colour;                ///< 3 planes R, G, B in [0,1]: low-frequency colour used where the weight is low
  std::vector<float> light;  ///< 1 plane, or none: the warped photo gets lighter or darker by (1 + light)
  std::vector<float> face;   ///< 1 plane in [0,1], or none: where the mesh alone says that a face is

  std::optional<PlacedWindows> eyes;   ///< of a generator that paints them
  std::optional<PlacedWindows> mouth;  ///< likewise

  /// 1 plane in [0,1], or none. A portrait has it: its colour is that of a whole person, who covers so much
  /// of a pixel of `square`, in pixels of the output. It has no flow and no weight.
  std::vector<float> alpha;
  CropSquare square;
};

}  // namespace reenact
