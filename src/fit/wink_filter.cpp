#include "reenact/fit/wink_filter.h"

#include <algorithm>
#include <cmath>

namespace reenact {
namespace {

/// Two frames at 24 to 30 a second, three or four at 50 or 60.
constexpr double least_wink_s = 0.055;

}  // namespace

LidGaps WinkFilter::filter(const LidGaps& gaps, double time_s) {
  while (!recent_.empty() && time_s - recent_.front().time_s > least_wink_s) recent_.pop_front();
  recent_.push_back({time_s, gaps.right_eye - gaps.left_eye});
  const bool right_is_open = recent_.back().difference > 0;
  double lasting = std::abs(recent_.back().difference);
  for (const Seen& seen : recent_) {
    lasting = std::min(lasting, std::max(right_is_open ? seen.difference : -seen.difference, 0.0));
  }
  return right_is_open ? LidGaps{gaps.right_eye, gaps.right_eye - lasting}
                       : LidGaps{gaps.left_eye - lasting, gaps.left_eye};
}

}  // namespace reenact
