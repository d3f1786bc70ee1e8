#pragma once

#include <algorithm>

namespace reenact {

/// 0 below 0, 1 above 1, smooth between.
inline float smoothstep(float t) {
  t = std::clamp(t, 0.0F, 1.0F);
  return t * t * (3.0F - 2.0F * t);
}

}  // namespace reenact
