#pragma once

#include <opencv2/core.hpp>

namespace reenact {

/// A smooth continuation of `picture` (CV_32FC3) from where `clean` (CV_8UC1) holds to everywhere else
/// (Gortler et al., The lumigraph, SIGGRAPH 1996, section 3.4). `clean` must hold somewhere.
cv::Mat pull_push(const cv::Mat& picture, const cv::Mat& clean);

}  // namespace reenact
