#include "reenact/layers/photo_layers.h"

#include <cstdint>

#include "reenact/core/error.h"

namespace reenact {

cv::Mat put_before(const PhotoLayers& layers, const cv::Mat& behind) {
  const cv::Size size = layers.region.size();
  const auto fits = [&](const cv::Mat& picture, int type) {
    return picture.size() == size && picture.type() == type;
  };
  if (!fits(layers.alpha, CV_8UC1) || !fits(layers.person, CV_8UC3) || !fits(behind, CV_8UC3)) {
    throw InputError("the layers of a photo and what is put behind them must have one size");
  }
  cv::Mat picture(size, CV_8UC3);
  for (int y = 0; y < size.height; ++y) {
    const std::uint8_t* alpha = layers.alpha.ptr(y);
    const std::uint8_t* person = layers.person.ptr(y);
    const std::uint8_t* background = behind.ptr(y);
    std::uint8_t* out = picture.ptr(y);
    for (int x = 0; x < size.width; ++x, person += 3, background += 3, out += 3) {
      const int rest = 255 - alpha[x];
      for (int c = 0; c < 3; ++c) {
        out[c] = cv::saturate_cast<std::uint8_t>(person[c] + (rest * background[c] + 127) / 255);
      }
    }
  }
  return picture;
}

}  // namespace reenact
