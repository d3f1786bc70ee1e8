#include "layers/colour_moments.h"

namespace reenact {

cv::Mat colour_moments(const cv::Mat& picture, const cv::Mat& mask, int step) {
  cv::Mat moments((picture.rows + step - 1) / step, (picture.cols + step - 1) / step, CV_32FC(5));
  for (int y = 0; y < moments.rows; ++y) {
    for (int x = 0; x < moments.cols; ++x) {
      const cv::Rect square = cv::Rect(x * step, y * step, step, step) & cv::Rect({0, 0}, picture.size());
      ColourMoments sum = ColourMoments::all(0);
      for (int i = square.y; i < square.br().y; ++i) {
        const auto* colours = picture.ptr<cv::Vec3f>(i);
        const std::uint8_t* counts = mask.ptr(i);
        for (int j = square.x; j < square.br().x; ++j) {
          if (counts[j] == 0) continue;
          const cv::Vec3f& c = colours[j];
          sum += ColourMoments(c[0], c[1], c[2], c.dot(c), 1.0F);
        }
      }
      moments.at<ColourMoments>(y, x) = sum * (1 / static_cast<float>(square.area()));
    }
  }
  return moments;
}

}  // namespace reenact
