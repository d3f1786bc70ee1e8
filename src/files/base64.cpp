#include "reenact/files/base64.h"

extern "C" {
#include <libavutil/base64.h>
}

#include <limits>

namespace reenact {

std::string to_base64(const std::vector<std::uint8_t>& bytes) {
  std::string text(AV_BASE64_SIZE(bytes.size()), '\0');
  av_base64_encode(text.data(), static_cast<int>(text.size()), bytes.data(), static_cast<int>(bytes.size()));
  text.pop_back();  // the terminator
  return text;
}

std::optional<std::vector<std::uint8_t>> from_base64(const std::string& text) {
  if (text.size() % 4 != 0 || text.size() > std::numeric_limits<int>::max()) return std::nullopt;
  std::vector<std::uint8_t> bytes(text.size() / 4 * 3 + 1);
  const int count = av_base64_decode(bytes.data(), text.c_str(), static_cast<int>(bytes.size()));
  if (count < 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(count));
  if (to_base64(bytes) != text) return std::nullopt;
  return bytes;
}

}  // namespace reenact
