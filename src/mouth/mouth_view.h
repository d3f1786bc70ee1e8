#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <opencv2/core.hpp>
#include <optional>

#include "reenact/core/landmarks.h"

namespace reenact {

/// Mean distance between the inner lips, over that between the outer eye corners, up to which a mouth is
/// closed.
inline constexpr double closed_mouth = 0.004;
/// Distance between the corners of the smallest mouth that is looked at, in frame pixels.
inline constexpr double smallest_mouth_px = 12;

/// A mouth cut out of a frame.
struct MouthView {
  Eigen::Matrix2Xd inner;  ///< 2×20 lip landmarks, frame pixels
  Eigen::Matrix2Xd outer;
  double width = 0;         ///< from corner to corner, frame pixels
  double eye_distance = 0;  ///< between the outer corners, frame pixels
  double opening = 0;       ///< over `eye_distance`
  Eigen::Affine2d patch_from_frame = Eigen::Affine2d::Identity();  ///< a similarity
  cv::Mat
      picture;  ///< level, at most max_patch_side a side, 128 pixels from corner to corner; empty when closed
};

/// Cuts a mouth out of an 8-bit BGR frame. Nothing when it is far out of sight or too small.
std::optional<MouthView> view_mouth(const cv::Mat& frame, const Landmarks& landmarks);

}  // namespace reenact
