#pragma once

#include <algorithm>
#include <cstddef>

#include "reenact/core/smoothstep.h"

namespace reenact {

/// Of a row-major square image.
inline std::size_t pixel_index(int x, int y, int size) {
  return static_cast<std::size_t>(y) * static_cast<std::size_t>(size) + static_cast<std::size_t>(x);
}

/// std::clamp without branches, which loops can be vectorised with.
inline float clamped(float value, float low, float high) { return std::min(std::max(value, low), high); }

}  // namespace reenact
