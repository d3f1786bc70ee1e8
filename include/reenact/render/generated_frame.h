#pragma once

#include <vector>

namespace reenact {

/// What a generator says about one frame, at the network's resolution: row-major planes of size×size floats.
struct GeneratedFrame {
  int size = 0;
  std::vector<float>
      flow;  ///< 2 planes, total backward flow (geometric + residual) in grid units (crop spans [−1,1])
  std::vector<float> weight;  ///< 1 plane in [0,1]: trust in the warped photo
  std::vector<float>
      colour;  ///< 3 planes R, G, B in [0,1]: low-frequency colour used where the weight is low
};

}  // namespace reenact
