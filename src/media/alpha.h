#pragma once

#include <opencv2/core.hpp>

namespace reenact {

/// An 8-bit BGRA picture with straight alpha, laid over white.
cv::Mat blend_on_white(const cv::Mat& image_bgra);

}  // namespace reenact
