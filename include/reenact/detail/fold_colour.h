#pragma once

#include <array>
#include <opencv2/core.hpp>

#include "reenact/core/face_model.h"
#include "reenact/render/conditioning.h"

namespace reenact {

/// How deep a fold of the skin is in blue, green and red when it is 1 deep in luma: between skin and skin
/// light loses at every bounce what the skin takes out of it, so folds are redder than the skin, not greyer
/// (docs/experiments.md). `state` is the face in pixels of `photo` (8-bit BGR). All 1 for grey photos, and
/// where the model has no mesh468 landmarks or the photo does not show them.
std::array<float, 3> fold_depth(const FaceModel& model, const FaceState& state, const cv::Mat& photo);

}  // namespace reenact
