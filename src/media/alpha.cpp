#include "media/alpha.h"

namespace reenact {

cv::Mat blend_on_white(const cv::Mat& image_bgra) {
  cv::Mat result(image_bgra.size(), CV_8UC3);
  result.forEach<cv::Vec3b>([&](cv::Vec3b& pixel, const int* position) {
    const auto& source = image_bgra.at<cv::Vec4b>(position[0], position[1]);
    const int alpha = source[3];
    for (int c = 0; c < 3; ++c) {
      pixel[c] = static_cast<uchar>((source[c] * alpha + 255 * (255 - alpha) + 127) / 255);
    }
  });
  return result;
}

}  // namespace reenact
