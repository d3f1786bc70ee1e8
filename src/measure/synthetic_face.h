#pragma once

#include <cstdint>
#include <opencv2/core.hpp>

#include "reenact/core/face_model.h"
#include "reenact/render/conditioning.h"

namespace reenact {

/// A drawing of a head that the landmark networks take for a face: the shaded model in plain colours, with
/// brows, eyes and lips. 8-bit BGR of `size`²; the pose is in its pixels.
cv::Mat draw_synthetic_face(const FaceModel& model, const FaceState& state, int size);

/// Frame `index` of an endless clip of the mean head, which turns, nods, talks and blinks, as far as `model`
/// names expressions for it.
FaceState synthetic_motion(const FaceModel& model, std::int64_t index, int size);

}  // namespace reenact
