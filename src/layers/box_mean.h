#pragma once

#include <algorithm>
#include <opencv2/core.hpp>

namespace reenact {

/// Pixels a side that may count as one in windows of 2·radius + 1 pixels.
inline int coarse_step(int radius) { return std::max(1, radius / 3); }

/// Mean of each pixel's window of 2·radius + 1 pixels, the picture (CV_32F) mirrored at its border. With up
/// to four channels that of wide windows is worked out at a coarser size.
cv::Mat box_mean(const cv::Mat& picture, int radius);

}  // namespace reenact
