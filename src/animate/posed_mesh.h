#pragma once

#include <Eigen/Core>

#include "reenact/animate/source_avatar.h"

namespace reenact {

/// The person's vertices in a state whose pose is in photo pixels, 3×V in centimetres of the photo's head: x
/// right, y up, z to the viewer, from the middle of the canvas, of which SourceAvatar::head().pixels_per_cm
/// pixels are a centimetre. The base of the neck rests.
Eigen::Matrix3Xf posed_mesh(const SourceAvatar& avatar, const FaceState& state_in_photo);

}  // namespace reenact
