#include "layers/background_fill.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "layers/patch_fill.h"
#include "layers/pull_push.h"

namespace reenact {
namespace {

constexpr double smooth_pixels_per_cm = 10;  // that the smooth continuation is worked out at

cv::Mat resized(const cv::Mat& picture, cv::Size size, int interpolation = cv::INTER_LINEAR) {
  cv::Mat result;
  cv::resize(picture, result, size, 0, 0, interpolation);
  return result;
}

}  // namespace

cv::Mat fill_background(const cv::Mat& picture, const cv::Mat& clean, double cm) {
  const double scale = std::min(1.0, smooth_pixels_per_cm / cm);
  const cv::Size size(std::max(8, static_cast<int>(std::lround(picture.cols * scale))),
                      std::max(8, static_cast<int>(std::lround(picture.rows * scale))));
  const int shrinking = scale > 0.5 ? cv::INTER_LINEAR : cv::INTER_AREA;
  const cv::Mat clean_small = resized(clean, size, shrinking) > 254;
  if (cv::countNonZero(clean_small) == 0) return pull_push(picture, clean);
  const cv::Mat smooth = resized(pull_push(resized(picture, size, shrinking), clean_small), picture.size());
  return fill_by_patches(picture, clean, smooth, cm);
}

}  // namespace reenact
