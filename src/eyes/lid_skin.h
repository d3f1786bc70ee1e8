#pragma once

#include <array>

#include "reenact/eyes/eye_drawing.h"

namespace reenact {

/// How the skin of one lid is read from the photo, along the eye's axis. Lengths of the output in pixels.
struct LidSkin {
  bool upper = true;
  float scale = 1;
  LidProfile edge_x{};  ///< place in the photo of the lid's edge
  LidProfile edge_y{};
  LidProfile anchor_x{};  ///< place in the photo of the skin that does not move with the lid
  LidProfile anchor_y{};
  LidProfile height{};        ///< from edge to anchor in the output
  LidProfile photo_height{};  ///< in the photo, photo pixels
  LidProfile lashes{};        ///< of the band that is moved without being stretched, photo pixels

  struct Place {
    Eigen::Vector2f photo = Eigen::Vector2f::Zero();
    float weight = 0;    ///< how far the lid, rather than the flow around, decides
    float softness = 0;  ///< how far the skin is stretched beyond its texture
  };
  /// `distance` from the lid's edge in pixels of the output.
  Place at(float a, float distance) const;
};

/// How far skin that is stretched by a factor has lost its texture, from 0 to 1.
float stretch_softness(float stretch);

LidSkin lid_skin(const PhotoEye& eye, const EyePose& pose, const FlowField& flow, bool upper);

}  // namespace reenact
