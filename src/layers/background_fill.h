#pragma once

#include <opencv2/core.hpp>

namespace reenact {

/// `picture` where `clean` holds, and elsewhere what may be there: the picture's own patches, which begin as
/// its smooth continuation (`fill_by_patches`). `cm` is in pixels.
cv::Mat fill_background(const cv::Mat& picture, const cv::Mat& clean, double cm);

}  // namespace reenact
