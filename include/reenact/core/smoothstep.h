#pragma once

#include <algorithm>

namespace reenact {

/// 0 below 0, 1 above 1, smooth between. Without branches, so that loops can be vectorised with it.
template <typename Real>
Real smoothstep(Real t) {
  t = std::min(std::max(t, Real(0)), Real(1));
  return t * t * (3 - 2 * t);
}

}  // namespace reenact
