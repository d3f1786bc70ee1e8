#pragma once

#include <algorithm>
#include <cmath>

namespace reenact {

/// Mean over time in which each value counts by its weight, which is above 0, and exponentially less the
/// older it is.
template <typename Value>
class FadingMean {
 public:
  /// `elapsed_s`: since the value before, of which nothing is needed for the first.
  const Value& add(const Value& value, double weight, double elapsed_s, double time_constant_s) {
    if (weight_ == 0) {
      mean_ = value;
      weight_ = weight;
    } else {
      const double gain = 1 - std::exp(-std::max(elapsed_s, 0.0) / time_constant_s);
      weight_ += gain * (weight - weight_);
      mean_ += gain * weight / weight_ * (value - mean_);
    }
    return mean_;
  }

 private:
  Value mean_{};
  double weight_ = 0;
};

}  // namespace reenact
