#include "reenact/animate/background.h"

#include <algorithm>
#include <cctype>

#include "reenact/core/error.h"

namespace reenact {
namespace {

constexpr const char* keep = "keep";
constexpr const char* transparent = "transparent";

}  // namespace

Background parse_background(const std::string& text) {
  Background background;
  if (text == keep) return background;
  if (text == transparent) {
    background.kind = Background::Kind::transparent;
    return background;
  }
  if (text.empty()) throw UsageError("--background is empty; keep leaves the photo's own");
  if (text.front() != '#') {
    background.kind = Background::Kind::file;
    background.file = text;
    return background;
  }
  const bool is_hex = std::all_of(text.begin() + 1, text.end(),
                                  [](unsigned char digit) { return std::isxdigit(digit) != 0; });
  if (text.size() != 7 || !is_hex) {
    throw UsageError("--background got '" + text + "'; a colour looks like #20A0FF");
  }
  background.kind = Background::Kind::colour;
  for (std::size_t c = 0; c < 3; ++c) {
    background.rgb[c] = static_cast<std::uint8_t>(std::stoi(text.substr(1 + 2 * c, 2), nullptr, 16));
  }
  return background;
}

std::string text_of(const Background& background) {
  constexpr const char* digits = "0123456789abcdef";
  switch (background.kind) {
    case Background::Kind::keep:
      return keep;
    case Background::Kind::transparent:
      return transparent;
    case Background::Kind::file:
      return background.file.string();
    case Background::Kind::colour:
      break;
  }
  std::string text = "#";
  for (const std::uint8_t value : background.rgb) {
    text += digits[value >> 4];
    text += digits[value & 15];
  }
  return text;
}

}  // namespace reenact
