#include "study/html.h"

#include <cstddef>
#include <cstdint>
#include <stdexcept>

namespace reenact {
namespace {

std::string base64(const std::vector<unsigned char>& bytes) {
  constexpr const char* alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = bytes.size() - i < 3 ? bytes.size() - i : 3;
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = (group << 8U) | (k < count ? bytes[i + k] : 0U);
    for (std::size_t k = 0; k < 4; ++k) text += k <= count ? alphabet[(group >> (18U - 6U * k)) & 63U] : '=';
  }
  return text;
}

}  // namespace

std::string script_json(const std::string& json) {
  std::string escaped;
  escaped.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      escaped += "\\u003c";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string data_uri(const std::string& mime_type, const std::vector<unsigned char>& bytes) {
  return "data:" + mime_type + ";base64," + base64(bytes);
}

std::string fill_template(const std::string& page, const std::map<std::string, std::string>& values) {
  std::string filled;
  std::size_t position = 0;
  for (;;) {
    const std::size_t open = page.find("{{", position);
    filled.append(page, position, open - position);
    if (open == std::string::npos) return filled;
    const std::size_t close = page.find("}}", open);
    const auto value = values.find(page.substr(open + 2, close - open - 2));
    if (close == std::string::npos || value == values.end()) {
      throw std::logic_error("a placeholder of the page has no value");
    }
    filled += value->second;
    position = close + 2;
  }
}

}  // namespace reenact
