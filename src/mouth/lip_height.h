#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <vector>

#include "reenact/core/mouth_patch.h"

namespace reenact {

/// One of the two edges of a 2×80 lip contour as a function of x, held beyond its ends.
class LipHeight {
 public:
  static LipHeight lower(const Eigen::Matrix2Xd& contour) { return LipHeight(contour, 1); }
  static LipHeight upper(const Eigen::Matrix2Xd& contour) { return LipHeight(contour, lip_edge_points - 1); }

  double operator()(double x) const {
    const auto after = std::upper_bound(points_.begin(), points_.end(), x,
                                        [](double value, const auto& point) { return value < point.x(); });
    if (after == points_.begin()) return points_.front().y();
    if (after == points_.end()) return points_.back().y();
    const Eigen::Vector2d& a = *(after - 1);
    const Eigen::Vector2d& b = *after;
    return a.y() + (b.y() - a.y()) * (x - a.x()) / (b.x() - a.x());
  }

 private:
  /// Half of the contour from corner to corner; `step` 1 or −1 modulo its length.
  LipHeight(const Eigen::Matrix2Xd& contour, int step) {
    for (int i = 0; i <= lip_edge_points / 2; ++i)
      points_.emplace_back(contour.col(i * step % lip_edge_points));
    std::stable_sort(points_.begin(), points_.end(),
                     [](const auto& a, const auto& b) { return a.x() < b.x(); });
  }

  std::vector<Eigen::Vector2d> points_;
};

}  // namespace reenact
