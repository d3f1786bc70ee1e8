#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace reenact {

/// A time of day that counts frames, HH:MM:SS:FF.mmm with thousandths of a frame (SMPTE 12M, which has none
/// of them; Live Link Face adds them).
struct Timecode {
  std::int64_t seconds = 0;
  std::int64_t frame = 0;        ///< 0 to 999
  std::int64_t thousandths = 0;  ///< of a frame
};

inline constexpr std::int64_t seconds_per_day = 86400;

/// Nothing when `text` is none. The thousandths may be missing.
std::optional<Timecode> parse_timecode(const std::string& text);

/// The time after so many thousandths of frames, of which `rate` make a second. Wraps after a day.
std::string timecode_text(std::int64_t thousandths_of_frames, std::int64_t rate);

}  // namespace reenact
