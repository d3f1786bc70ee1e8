#pragma once

#include <algorithm>
#include <vector>

namespace reenact {

/// The value below which `share` of the values lie; 0 when there are none.
inline float quantile(std::vector<float> values, float share) {
  if (values.empty()) return 0.0F;
  const auto rank = static_cast<std::ptrdiff_t>(share * static_cast<float>(values.size() - 1) + 0.5F);
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  return values[static_cast<std::size_t>(rank)];
}

}  // namespace reenact
