#pragma once

#include <opencv2/core.hpp>

namespace reenact {

/// The colours of pixels with a weight, continued over the others: weighted means over a Gaussian of `reach`
/// pixels. Far from all of them pixels keep their own.
cv::Mat_<cv::Vec3f> spread_colours(const cv::Mat_<cv::Vec3f>& picture, cv::Mat_<float> weights, double reach);

}  // namespace reenact
