#include "layers/runs.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

namespace reenact {

std::vector<cv::Range> runs(const cv::Mat& mask, int row) {
  std::vector<cv::Range> result;
  const std::uint8_t* begin = mask.ptr(row);
  const std::uint8_t* end = begin + mask.cols;
  const auto holds = [](std::uint8_t value) { return value != 0; };
  const std::uint8_t* first = std::find_if(begin, end, holds);
  while (first != end) {
    const std::uint8_t* last = std::find(first, end, std::uint8_t{0});
    result.emplace_back(static_cast<int>(first - begin), static_cast<int>(last - begin));
    first = std::find_if(last, end, holds);
  }
  return result;
}

cv::Mat widened(const cv::Mat& mask, int radius) {
  cv::Mat result;
  const int side = 2 * radius + 1;
  cv::dilate(mask, result, cv::getStructuringElement(cv::MORPH_RECT, {side, side}));
  return result;
}

}  // namespace reenact
