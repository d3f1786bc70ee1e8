#include "cli/option_values.h"

#include <algorithm>
#include <charconv>

#include "reenact/core/error.h"

namespace reenact::cli {

std::int64_t parse_count(const std::string& text, const std::string& flag) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) {
    throw UsageError(flag + " got '" + text + "', which is not a whole number of 0 or more");
  }
  return value;
}

FaceChoice parse_face(const std::string& text, const std::string& flag) {
  if (text == "largest") return {FaceChoice::Kind::largest, 0};
  if (text == "center") return {FaceChoice::Kind::center, 0};
  return {FaceChoice::Kind::index, static_cast<int>(std::min<std::int64_t>(parse_count(text, flag), 1000))};
}

}  // namespace reenact::cli
