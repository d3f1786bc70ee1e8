#pragma once

#include <opencv2/core.hpp>

namespace reenact {

// Masks are CV_8UC1: 255 where something holds, else 0. Distances are Euclidean, in pixels.

/// Where `mask` holds and nothing that it does not hold for is nearer than `distance`; the picture's border
/// is no such thing.
cv::Mat eroded(const cv::Mat& mask, double distance);

/// Where `mask` holds, or holds nearer than `distance`.
cv::Mat dilated(const cv::Mat& mask, double distance);

}  // namespace reenact
