#include "layers/pull_push.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace reenact {
namespace {

/// Weight of a pixel that is only partly known: so that a quarter of a coarse pixel counts in full.
void saturate_weights(cv::Mat& level) {
  for (int y = 0; y < level.rows; ++y) {
    for (int x = 0; x < level.cols; ++x) {
      auto& value = level.at<cv::Vec4f>(y, x);
      if (value[3] > 0) value *= std::min(1.0F, 4 * value[3]) / value[3];
    }
  }
}

cv::Vec3f colour_of(const cv::Vec4f& weighted, float least) {
  return cv::Vec3f(weighted[0], weighted[1], weighted[2]) / std::max(weighted[3], least);
}

}  // namespace

cv::Mat pull_push(const cv::Mat& picture, const cv::Mat& clean) {
  std::vector<cv::Mat> levels(1);
  levels[0].create(picture.size(), CV_32FC4);
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x) {
      const auto& c = picture.at<cv::Vec3f>(y, x);
      levels[0].at<cv::Vec4f>(y, x) =
          clean.at<std::uint8_t>(y, x) != 0 ? cv::Vec4f(c[0], c[1], c[2], 1) : cv::Vec4f(0, 0, 0, 0);
    }
  }
  while (std::max(levels.back().rows, levels.back().cols) > 1) {
    cv::Mat coarser;
    cv::pyrDown(levels.back(), coarser, {}, cv::BORDER_REFLECT_101);
    saturate_weights(coarser);
    levels.push_back(coarser);
  }
  const cv::Vec4f last = levels.back().at<cv::Vec4f>(0, 0);
  cv::Mat filled(1, 1, CV_32FC3, cv::Scalar(colour_of(last, 1e-6F)));
  for (std::size_t i = levels.size(); i-- > 0;) {
    const cv::Mat& level = levels[i];
    cv::Mat finer;
    cv::resize(filled, finer, level.size());
    for (int y = 0; y < level.rows; ++y) {
      for (int x = 0; x < level.cols; ++x) {
        const auto& value = level.at<cv::Vec4f>(y, x);
        auto& colour = finer.at<cv::Vec3f>(y, x);
        colour = cv::Vec3f(value[0], value[1], value[2]) + (1 - value[3]) * colour;
      }
    }
    filled = finer;
  }
  return filled;
}

}  // namespace reenact
