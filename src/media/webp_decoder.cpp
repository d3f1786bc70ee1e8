#include "media/webp_decoder.h"

#include <webp/decode.h>

#include <cstdint>

namespace reenact {

cv::Mat decode_webp(const std::string& bytes, cv::Size stated) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(data, bytes.size(), &features) != VP8_STATUS_OK) return {};
  if (cv::Size(features.width, features.height) != stated) return {};
  const bool has_alpha = features.has_alpha != 0;
  cv::Mat picture(stated, has_alpha ? CV_8UC4 : CV_8UC3);
  const auto decode = has_alpha ? WebPDecodeBGRAInto : WebPDecodeBGRInto;
  const std::size_t length = picture.total() * picture.elemSize();
  if (decode(data, bytes.size(), picture.data, length, static_cast<int>(picture.step[0])) == nullptr)
    return {};
  return picture;
}

}  // namespace reenact
