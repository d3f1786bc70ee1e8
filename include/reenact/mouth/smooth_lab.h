#pragma once

#include <opencv2/core.hpp>

namespace reenact {

/// 32-bit CIE Lab (L in [0,100]) of an 8-bit BGR picture, with its noise smoothed away (σ 0.7 pixels).
cv::Mat smooth_lab(const cv::Mat& picture);

}  // namespace reenact
