#pragma once

#include <algorithm>
#include <opencv2/core.hpp>

namespace reenact {

/// Means of B, G, R, of their squares together, and of the count, over some pixels.
using ColourMoments = cv::Vec<float, 5>;

/// Of each square of `step` pixels a side of `picture` (CV_32FC3), counting only where `mask` (CV_8UC1) is
/// not 0. CV_32FC(5).
cv::Mat colour_moments(const cv::Mat& picture, const cv::Mat& mask, int step);

inline cv::Vec3f mean_colour(const ColourMoments& m) {
  return cv::Vec3f(m[0], m[1], m[2]) * (1 / std::max(m[4], 1e-4F));
}

/// Summed over B, G, R.
inline float colour_variance(const ColourMoments& m) {
  const cv::Vec3f mean = mean_colour(m);
  return std::max(m[3] / std::max(m[4], 1e-4F) - mean.dot(mean), 0.0F);
}

}  // namespace reenact
