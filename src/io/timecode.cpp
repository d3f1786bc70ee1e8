#include "io/timecode.h"

#include <array>
#include <cstddef>
#include <cstdio>

namespace reenact {
namespace {

constexpr std::int64_t per_frame = 1000;

/// One to three digits at `position`, which is moved behind them.
std::optional<std::int64_t> take_digits(const std::string& text, std::size_t& position) {
  const std::size_t start = position;
  std::int64_t value = 0;
  while (position < text.size() && position - start < 3 && text[position] >= '0' && text[position] <= '9') {
    value = 10 * value + (text[position++] - '0');
  }
  return position == start ? std::nullopt : std::optional(value);
}

}  // namespace

std::optional<Timecode> parse_timecode(const std::string& text) {
  std::array<std::int64_t, 4> parts{};
  std::size_t position = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0 && (position == text.size() || text[position++] != ':')) return std::nullopt;
    const auto digits = take_digits(text, position);
    if (!digits) return std::nullopt;
    parts[i] = *digits;
  }
  Timecode code{(60 * parts[0] + parts[1]) * 60 + parts[2], parts[3], 0};
  if (position < text.size()) {
    if (text[position++] != '.') return std::nullopt;
    const std::size_t start = position;
    const auto digits = take_digits(text, position);
    if (!digits) return std::nullopt;
    code.thousandths = *digits;
    for (std::size_t i = position - start; i < 3; ++i) code.thousandths *= 10;
  }
  if (position != text.size() || parts[0] >= 24 || parts[1] >= 60 || parts[2] >= 60) return std::nullopt;
  return code;
}

std::string timecode_text(std::int64_t thousandths_of_frames, std::int64_t rate) {
  const std::int64_t frames = thousandths_of_frames / per_frame;
  const std::int64_t seconds = frames / rate % seconds_per_day;
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%02d:%02d:%02d:%02d.%03d", static_cast<int>(seconds / 3600),
                static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60),
                static_cast<int>(frames % rate), static_cast<int>(thousandths_of_frames % per_frame));
  return text.data();
}

}  // namespace reenact
