#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>

namespace reenact {

/// Scaled orthographic camera: pixel = scale · diag(1, −1) · (R X)_{xy} + translation.
struct Pose {
  Eigen::Quaterniond rotation = Eigen::Quaterniond::Identity();  ///< camera_from_model
  double scale = 1.0;                                            ///< pixels per centimetre
  Eigen::Vector2d translation = Eigen::Vector2d::Zero();         ///< pixels
};

/// Projects 3×N model points to 3×N: x and y in pixels, z the depth in pixels, larger is nearer.
Eigen::Matrix3Xf project(const Pose& pose, const Eigen::Matrix3Xf& points_in_model);

/// Head angles in degrees. Yaw turns towards the subject's left, pitch raises the chin,
/// roll tilts clockwise as the viewer sees it. R = Ry(yaw) · Rx(−pitch) · Rz(−roll).
struct HeadAngles {
  double yaw_deg = 0;
  double pitch_deg = 0;
  double roll_deg = 0;
};
HeadAngles head_angles(const Eigen::Quaterniond& rotation);
Eigen::Quaterniond rotation_from_angles(const HeadAngles& angles);

}  // namespace reenact
