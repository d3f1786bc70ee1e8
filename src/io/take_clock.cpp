#include "io/take_clock.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "reenact/core/error.h"
#include "reenact/io/arkit_take.h"

namespace reenact {
namespace {

constexpr std::int64_t frames_in_key = 1'000'000;  ///< thousandths of frames that a second has room for
constexpr std::int64_t per_frame = 1000;
constexpr std::int64_t per_second = 1'000'000;
constexpr std::int64_t largest_term = std::numeric_limits<std::int32_t>::max();
constexpr std::array<std::int64_t, 7> usual_rates = {24, 25, 30, 50, 60, 120, 240};

/// The fraction of the named kind nearest to a rate given as a decimal: 29.97 is 30000/1001.
Rational rational_rate(double rate) {
  const auto whole = static_cast<std::int64_t>(std::llround(rate));
  constexpr double close = 1e-3;
  if (whole > 0 && std::abs(rate - static_cast<double>(whole)) < 1e-6) return {whole, 1};
  const auto above = static_cast<std::int64_t>(std::ceil(rate));
  if (std::abs(rate - static_cast<double>(above) * 1000 / 1001) < close) return {above * 1000, 1001};
  return {std::max<std::int64_t>(std::llround(rate * 1000), 1), 1000};
}

std::string text_of(const Rational& rate) {
  return std::to_string(rate.num) + (rate.den == 1 ? "" : "/" + std::to_string(rate.den));
}

}  // namespace

TakeClock::TakeClock(TakeTimes times, const std::optional<Rational>& named_rate,
                     std::optional<double> stated_rate)
    : times_(times), named_rate_(named_rate), stated_rate_(stated_rate) {
  if (!named_rate_) return;
  const std::int64_t common = std::gcd(named_rate_->num, named_rate_->den);
  named_rate_ = Rational{named_rate_->num / common, named_rate_->den / common};
  if (named_rate_->num <= largest_term / per_frame && named_rate_->den <= largest_term) return;
  throw UsageError("--fps " + text_of(*named_rate_) + " is too fine a fraction for the times of a take");
}

std::int64_t TakeClock::key(const TakeRow& row) {
  if (times_ == TakeTimes::seconds) return row.microseconds;
  if (times_ == TakeTimes::none) return rows_;
  std::int64_t second = row.timecode.seconds + days_ * seconds_per_day;
  if (rows_ > 0 && second < last_second_ - seconds_per_day / 2) {
    ++days_;
    second += seconds_per_day;
  }
  last_second_ = second;
  return second * frames_in_key + row.timecode.frame * per_frame + row.timecode.thousandths;
}

bool TakeClock::look_at(const TakeRow& row) {
  const std::int64_t now = key(row);
  if (rows_ > 0 && now <= last_) return false;
  if (rows_ == 0) first_ = now;
  last_ = now;
  ++rows_;
  greatest_frame_ = std::max(greatest_frame_, row.timecode.frame);
  return true;
}

std::string TakeClock::settle() {
  std::string note;
  const auto rows = static_cast<double>(std::max<std::int64_t>(rows_ - 1, 1));
  if (times_ == TakeTimes::seconds) {
    time_base_ = {1, per_second};
    const double duration_s = static_cast<double>(last_ - first_) / per_second;
    frame_rate_ = rows_ > 1 ? rational_rate(std::clamp(rows / duration_s, 0.01, 1000.0)) : usual_take_rate;
  } else if (times_ == TakeTimes::none) {
    frame_rate_ = named_rate_ ? *named_rate_ : stated_rate_ ? rational_rate(*stated_rate_) : usual_take_rate;
    time_base_ = {frame_rate_.den, frame_rate_.num};
    if (!named_rate_ && !stated_rate_) {
      note = "gives no times, so " + text_of(frame_rate_) +
             " frames a second are assumed; --fps names another rate";
    }
  } else {
    const auto* usual = std::find_if(usual_rates.begin(), usual_rates.end(),
                                     [this](std::int64_t rate) { return rate > greatest_frame_; });
    Rational counted = named_rate_ ? *named_rate_ : Rational{usual == usual_rates.end() ? 1000 : *usual, 1};
    if (!named_rate_ && stated_rate_) counted = rational_rate(*stated_rate_);
    nominal_ = std::max<std::int64_t>(std::llround(counted.value()), 1);
    if (greatest_frame_ >= nominal_) {
      throw UsageError("the take's timecodes count to frame " + std::to_string(greatest_frame_) +
                       " of a second, which " + text_of(counted) +
                       " frames a second do not have; name another --fps");
    }
    time_base_ = {counted.den, counted.num * per_frame};
    const auto frames = [this](std::int64_t at) {
      return (at / frames_in_key) * nominal_ * per_frame + at % frames_in_key;
    };
    const double step = static_cast<double>(frames(last_) - frames(first_)) / rows / per_frame;
    frame_rate_ = {counted.num, counted.den * std::max<std::int64_t>(std::llround(step), 1)};
    if (!named_rate_ && !stated_rate_ && last_ / frames_in_key == first_ / frames_in_key) {
      note = "is too short to tell how many frames a second its timecodes count, so " + text_of(counted) +
             " are assumed; --fps names another rate";
    }
  }
  forget_rows();
  return note;
}

void TakeClock::forget_rows() {
  rows_ = 0;
  days_ = 0;
  last_second_ = 0;
}

std::int64_t TakeClock::ticks(const TakeRow& row) {
  const std::int64_t now = key(row);
  ++rows_;
  if (times_ != TakeTimes::timecode) return now - first_;
  const auto frames = [this](std::int64_t at) {
    return (at / frames_in_key) * nominal_ * per_frame + at % frames_in_key;
  };
  return frames(now) - frames(first_);
}

}  // namespace reenact
