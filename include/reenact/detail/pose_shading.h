#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <opencv2/core.hpp>
#include <vector>

#include "reenact/core/motion.h"

namespace reenact {

/// What of a driver's shading goes with the turn of its head instead of its expression: highlights that
/// wander, cast shadows, rims and shadows of glasses. It is no fold and belongs to no photo.
///
/// Learned by least squares on some frames of a shot: the log ratio of each texel is a linear function of the
/// head's turn away from the reference frame and of all expression weights (ridge regression), and the part
/// of the turn is the light's. It is taken out as far as it varies, and so far the rest is not trusted
/// either, for light does not follow a turn that evenly.
class PoseShading {
 public:
  /// Knows nothing and changes nothing.
  PoseShading() = default;

  /// `frames` are of one shot, in their order; those without shading, and most of many, are left out. Too few
  /// teach nothing. Throws InputError when a shading cannot be decoded.
  PoseShading(const std::vector<const MotionFrame*>& frames, const MotionFrame& reference);

  /// Takes it out of `log_ratio`, shading_side², which is that of a frame of this pose less that of the
  /// reference.
  void remove(const Pose& pose, cv::Mat_<float>& log_ratio) const;

 private:
  Eigen::Vector3d turn_to(const Pose& pose) const;

  Eigen::Quaterniond reference_ = Eigen::Quaterniond::Identity();
  Eigen::Vector3d least_turn_ =
      Eigen::Vector3d::Zero();  ///< rotation vectors, radians, of what was learned from
  Eigen::Vector3d largest_turn_ = Eigen::Vector3d::Zero();
  Eigen::Matrix3Xf per_radian_;  ///< log ratio of each texel, row by row; empty where nothing is known
  cv::Mat_<float> trust_;        ///< of each texel, in [0, 1]
};

}  // namespace reenact
