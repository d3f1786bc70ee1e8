#pragma once

#include <Eigen/Core>
#include <array>

#include "reenact/core/landmark_indices.h"
#include "reenact/core/mouth_patch.h"

namespace reenact {

inline constexpr int lip_landmarks = 20;

/// Inner and outer edge of the lips among the 468 points of MediaPipe's face mesh: from the subject's right
/// corner over the lower lip to the left corner (the eleventh) and back over the upper lip.
inline constexpr const std::array<int, lip_landmarks>& inner_lip_landmarks = mesh468::inner_lips;
inline constexpr const std::array<int, lip_landmarks>& outer_lip_landmarks = mesh468::outer_lips;

/// The columns `chosen` of `points`.
template <std::size_t Count>
Eigen::Matrix2Xd columns(const Eigen::Matrix2Xd& points, const std::array<int, Count>& chosen) {
  Eigen::Matrix2Xd result(2, Count);
  for (std::size_t i = 0; i < Count; ++i) result.col(static_cast<Eigen::Index>(i)) = points.col(chosen[i]);
  return result;
}

/// 2×80 points along 2×20 lip landmarks: a closed Catmull-Rom spline with sharp corners at the first and the
/// eleventh.
Eigen::Matrix2Xd dense_lip_contour(const Eigen::Matrix2Xd& landmarks);

/// Mean distance between lower and upper edge of a 2×80 contour over the middle half of its width, not
/// negative; in the contour's own pixels. The corners are taken to be level.
double mean_opening(const Eigen::Matrix2Xd& contour);

}  // namespace reenact
