#pragma once

#include <algorithm>
#include <limits>
#include <vector>

#include "render/plane_values.h"

namespace reenact {

/// Distances to the nearest zero of a square image, in pixels. A frame one pixel wide that stays infinite
/// lies around it.
class DistanceMap {
 public:
  explicit DistanceMap(int size) : size_(size), stride_(size + 2) {}

  void clear() {
    const auto cells = static_cast<std::size_t>(stride_) * static_cast<std::size_t>(stride_);
    distance_.assign(cells, std::numeric_limits<float>::infinity());
  }
  float& at(int x, int y) { return distance_[pixel_index(x + 1, y + 1, stride_)]; }

  /// Fills in the distances to the pixels set to zero (two-pass chamfer: Borgefors, CVGIP 34, 1986).
  void spread() {
    for (int y = 0; y < size_; ++y) {
      float* here = &at(0, y);
      for (int x = 0; x < size_; ++x) relax(here + x, -1);
    }
    for (int y = size_ - 1; y >= 0; --y) {
      float* here = &at(0, y);
      for (int x = size_ - 1; x >= 0; --x) relax(here + x, 1);
    }
  }

 private:
  /// From the four neighbours visited before, which lie in the direction of `step` along rows and columns.
  void relax(float* here, int step) const {
    constexpr float straight = 0.955F;
    constexpr float diagonal = 1.369F;
    const float* row = here + step * stride_;
    const float vertical = std::min(std::min(row[-1], row[1]) + diagonal, row[0] + straight);
    *here = std::min(std::min(*here, vertical), here[step] + straight);
  }

  int size_;
  int stride_;
  std::vector<float> distance_;
};

}  // namespace reenact
