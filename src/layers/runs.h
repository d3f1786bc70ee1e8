#pragma once

#include <opencv2/core.hpp>
#include <vector>

namespace reenact {

/// Stretches of columns of one row of `mask` (CV_8UC1) where it holds, from left to right.
std::vector<cv::Range> runs(const cv::Mat& mask, int row);

/// Where `mask` holds, or holds in the pixel's window of 2·radius + 1 pixels.
cv::Mat widened(const cv::Mat& mask, int radius);

}  // namespace reenact
