#include "mouth/spread_colours.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

namespace reenact {
namespace {

constexpr float least_weight = 1e-3F;

}  // namespace

cv::Mat_<cv::Vec3f> spread_colours(const cv::Mat_<cv::Vec3f>& picture, cv::Mat_<float> weights,
                                   double reach) {
  cv::Mat_<cv::Vec3f> colours(picture.size());
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x) colours(y, x) = weights(y, x) * picture(y, x);
  }
  // Blurred that far, every fourth pixel tells as much.
  const int step = std::clamp(static_cast<int>(reach), 1, 4);
  const cv::Size coarse((picture.cols + step - 1) / step, (picture.rows + step - 1) / step);
  cv::resize(colours, colours, coarse, 0, 0, cv::INTER_AREA);
  cv::resize(weights, weights, coarse, 0, 0, cv::INTER_AREA);
  cv::GaussianBlur(colours, colours, {0, 0}, reach / step);
  cv::GaussianBlur(weights, weights, {0, 0}, reach / step);
  cv::resize(colours, colours, picture.size(), 0, 0, cv::INTER_LINEAR);
  cv::resize(weights, weights, picture.size(), 0, 0, cv::INTER_LINEAR);
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x) {
      colours(y, x) = (colours(y, x) + least_weight * picture(y, x)) / (weights(y, x) + least_weight);
    }
  }
  return colours;
}

}  // namespace reenact
