#include "reenact/core/pose.h"

#include <algorithm>
#include <cmath>

namespace reenact {

Eigen::Matrix3Xf project(const Pose& pose, const Eigen::Matrix3Xf& points_in_model) {
  Eigen::Matrix3f camera = (pose.scale * pose.rotation.toRotationMatrix()).cast<float>();
  camera.row(1) *= -1.0F;  // image y points down
  Eigen::Matrix3Xf points = camera * points_in_model;
  points.topRows<2>().colwise() += pose.translation.cast<float>();
  return points;
}

HeadAngles head_angles(const Eigen::Quaterniond& rotation) {
  const Eigen::Matrix3d r = rotation.toRotationMatrix();
  constexpr double deg = 180.0 / M_PI;
  // R = Ry(yaw) Rx(-pitch) Rz(-roll)
  HeadAngles angles;
  angles.pitch_deg = std::asin(std::clamp(r(1, 2), -1.0, 1.0)) * deg;
  angles.yaw_deg = std::atan2(r(0, 2), r(2, 2)) * deg;
  angles.roll_deg = -std::atan2(r(1, 0), r(1, 1)) * deg;
  return angles;
}

Eigen::Quaterniond rotation_from_angles(const HeadAngles& angles) {
  constexpr double rad = M_PI / 180.0;
  return Eigen::Quaterniond(Eigen::AngleAxisd(angles.yaw_deg * rad, Eigen::Vector3d::UnitY()) *
                            Eigen::AngleAxisd(-angles.pitch_deg * rad, Eigen::Vector3d::UnitX()) *
                            Eigen::AngleAxisd(-angles.roll_deg * rad, Eigen::Vector3d::UnitZ()));
}

}  // namespace reenact
