#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "io/timecode.h"
#include "reenact/io/arkit_channels.h"

namespace reenact {

/// How a take tells its times.
enum class TakeTimes {
  timecode,
  seconds,
  none,  ///< its rows follow each other at a frame rate
};

/// One frame as a file gives it.
struct TakeRow {
  Timecode timecode;              ///< where the take has timecodes
  std::int64_t microseconds = 0;  ///< where it has seconds
  bool tracked = true;
  ArkitValues values{};
};

/// The frames of a take, however they are written.
class TakeRows {
 public:
  virtual ~TakeRows() = default;
  virtual TakeTimes times() const = 0;
  /// The frame rate that the file states, if any.
  virtual std::optional<double> stated_rate() const { return std::nullopt; }
  /// Which channels there are.
  virtual const std::array<bool, arkit_channel_count>& given() const = 0;
  /// Throws InputError naming the place.
  virtual std::optional<TakeRow> next() = 0;
  /// Goes back to the first row.
  virtual void rewind() = 0;
  /// Where the last row was, for a person: "line 7".
  virtual std::string place() const = 0;
};

/// Both throw InputError.
std::unique_ptr<TakeRows> open_csv_rows(const std::filesystem::path& path);
std::unique_ptr<TakeRows> open_json_rows(const std::filesystem::path& path);

/// Throws InputError.
[[noreturn]] void reject_take(const std::filesystem::path& path, const std::string& what);

/// The value of a channel, with what rounding or a calibration put outside of its range brought back into it.
/// Throws InputError for any other number.
double checked_value(std::size_t channel, double value, const std::filesystem::path& path,
                     const std::string& place);

/// Throws InputError likewise for seconds that are no time.
std::int64_t checked_microseconds(double seconds, const std::filesystem::path& path,
                                  const std::string& place);

}  // namespace reenact
