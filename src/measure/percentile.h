#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace reenact {

/// Seconds to milliseconds, at the given share of the sorted samples; 0 without samples.
inline double percentile_ms(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  const double last = static_cast<double>(sorted.size() - 1);
  return 1000 * sorted[static_cast<std::size_t>(std::lround(share * last))];
}

}  // namespace reenact
