#pragma once

#include <algorithm>
#include <cmath>

#include "reenact/core/smoothstep.h"

namespace reenact {

/// Share of the way to the new value that an exponential low-pass goes in `elapsed_s`.
inline double low_pass_gain(double elapsed_s, double time_constant_s) {
  return 1 - std::exp(-std::max(elapsed_s, 0.0) / time_constant_s);
}

/// 0 up to `low`, 1 from `high`, smooth between.
inline double smooth_step(double low, double high, double value) {
  return smoothstep((value - low) / (high - low));
}

}  // namespace reenact
