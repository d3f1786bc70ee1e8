#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "io/take_rows.h"
#include "reenact/core/rational.h"

namespace reenact {

/// Turns the times of a take's rows into ticks. Every row is shown to look_at() first, then settle() chooses
/// the rate, and ticks() of every row again gives its time.
class TakeClock {
 public:
  TakeClock(TakeTimes times, const std::optional<Rational>& named_rate, std::optional<double> stated_rate);

  /// False when the row does not come after the one before it.
  [[nodiscard]] bool look_at(const TakeRow& row);

  /// Returns a sentence about what it assumed, or nothing. Throws UsageError when the timecodes have more
  /// frames a second than the named rate.
  std::string settle();

  std::int64_t ticks(const TakeRow& row);

  Rational frame_rate() const { return frame_rate_; }
  Rational time_base() const { return time_base_; }

 private:
  /// The row's time in units that are the same for all rows: of timecodes, seconds come before frames.
  std::int64_t key(const TakeRow& row);
  void forget_rows();

  TakeTimes times_;
  std::optional<Rational> named_rate_;
  std::optional<double> stated_rate_;
  Rational frame_rate_;
  Rational time_base_;
  std::int64_t nominal_ = 0;  ///< whole frames per second of the timecodes

  std::int64_t rows_ = 0;
  std::int64_t first_ = 0;
  std::int64_t last_ = 0;
  std::int64_t days_ = 0;
  std::int64_t last_second_ = 0;
  std::int64_t greatest_frame_ = 0;
};

}  // namespace reenact
