#include "layers/box_mean.h"

#include <opencv2/imgproc.hpp>

namespace reenact {

cv::Mat box_mean(const cv::Mat& picture, int radius) {
  cv::Mat result;
  const int step = coarse_step(radius);
  if (step > 1 && picture.channels() <= 4) {
    const cv::Size coarse((picture.cols + step - 1) / step, (picture.rows + step - 1) / step);
    cv::resize(picture, result, coarse, 0, 0, cv::INTER_AREA);
    cv::resize(box_mean(result, radius / step), result, picture.size(), 0, 0, cv::INTER_LINEAR);
    return result;
  }
  const int side = 2 * radius + 1;
  cv::blur(picture, result, {side, side}, {-1, -1}, cv::BORDER_REFLECT);
  return result;
}

}  // namespace reenact
