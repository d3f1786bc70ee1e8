#pragma once

#include <opencv2/core.hpp>

#include "layers/guided_filter.h"

namespace reenact {

/// What is surely person and surely background, CV_8UC1 masks.
struct Trimap {
  cv::Mat person;
  cv::Mat background;
};

/// Of a probability (CV_32FC1); `inner` is person in any case. `cm` is in pixels.
Trimap make_trimap(const cv::Mat& probability, const cv::Mat& inner, double cm);

/// Alpha between the sure parts, as a linear model of the picture's colours, which means nothing on them;
/// stretched() comes after it.
LocalLinearModel matte_model(const cv::Mat& picture, const cv::Mat& probability, const Trimap& trimap,
                             double cm);

/// Alpha with its last few percent at both ends cut off, which guided filters do not reach.
inline float stretched(float alpha) {
  const float t = (alpha - 0.04F) / 0.92F;
  return t < 0.0F ? 0.0F : t > 1.0F ? 1.0F : t;
}

}  // namespace reenact
