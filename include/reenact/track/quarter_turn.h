#pragma once

#include <opencv2/core.hpp>
#include <optional>

#include "reenact/core/motion.h"

namespace reenact {

/// How a picture was turned, in words: "by 90 degrees clockwise".
const char* turn_text(cv::RotateFlags turn);

/// Degrees clockwise.
int degrees_of(cv::RotateFlags turn);

/// How a driver's own pictures were turned to be upright; nothing when they were not.
std::optional<cv::RotateFlags> turn_of(const MotionHeader& motion);

}  // namespace reenact
