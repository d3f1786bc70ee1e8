#include "render/head_motion.h"

#include <Eigen/Geometry>
#include <Eigen/LU>
#include <cmath>

#include "render/plane_values.h"

namespace reenact {
namespace {

constexpr double outline_depth_cm = 1.0;   ///< model z of the points that the outline of hair is made of
constexpr double turned_start_deg = 12.0;  ///< yaw of the source from where its hair is more than an outline
constexpr double turned_fade_deg = 18.0;   ///< further yaw at which it moves as the plane of the ears

/// 3×2 linear part of `project` without depth.
Eigen::Matrix<double, 2, 3> linear_part(const Pose& pose) {
  Eigen::Matrix<double, 2, 3> linear = pose.scale * pose.rotation.toRotationMatrix().topRows<2>();
  linear.row(1) *= -1.0;
  return linear;
}

}  // namespace

RigidMotion plane_motion(const Eigen::Vector3d& centre, const Pose& source, const Pose& driver) {
  const auto viewer = [](const Pose& pose) -> Eigen::Vector3d {
    return pose.rotation.toRotationMatrix().row(2);
  };
  const Eigen::Vector3d normal =
      (2.0 * Eigen::Vector3d::UnitZ() + viewer(source) + viewer(driver)).normalized();
  Eigen::Matrix<double, 3, 2> axes;  // to the left and up
  axes.col(0) = Eigen::Vector3d::UnitY().cross(normal).normalized();
  axes.col(1) = normal.cross(axes.col(0));
  const Eigen::Matrix2d source_from_plane = linear_part(source) * axes;
  const Eigen::Matrix2d driver_from_plane = linear_part(driver) * axes;
  const Eigen::Vector2d source_centre = linear_part(source) * centre + source.translation;
  const Eigen::Vector2d driver_centre = linear_part(driver) * centre + driver.translation;

  constexpr double least_foreshortening = 0.05;
  RigidMotion motion;
  if (-driver_from_plane.determinant() > least_foreshortening * driver.scale * driver.scale) {
    const Eigen::Matrix2d plane_from_driver = driver_from_plane.inverse();
    motion.flow_linear = source_from_plane * plane_from_driver - Eigen::Matrix2d::Identity();
    motion.height_linear = axes.row(1) * plane_from_driver;
  } else {
    motion.flow_linear.setZero();
    motion.height_linear << 0.0, -1.0 / driver.scale;
  }
  motion.flow_offset = source_centre - driver_centre - motion.flow_linear * driver_centre;
  motion.height_offset = centre.y() - motion.height_linear * driver_centre;
  return motion;
}

RigidMotion hair_motion(const RigidMotion& plane, const Eigen::Vector3d& centre, const Pose& source,
                        const Pose& driver) {
  const Eigen::RowVector3d viewer = source.rotation.toRotationMatrix().row(2);
  const double yaw_deg = std::atan2(std::abs(viewer.x()), viewer.z()) * 180.0 / EIGEN_PI;
  const double planar = smoothstep(static_cast<float>((yaw_deg - turned_start_deg) / turned_fade_deg));
  const Eigen::Matrix2d linear = plane.flow_linear + Eigen::Matrix2d::Identity();
  const double roll = std::atan2(linear(1, 0) - linear(0, 1), linear(0, 0) + linear(1, 1));
  const Eigen::Matrix2d outline = Eigen::Rotation2Dd(roll).toRotationMatrix() * (source.scale / driver.scale);
  Eigen::Vector3d anchor = centre;
  anchor.z() = (1.0 - planar) * outline_depth_cm + planar * centre.z();
  const Eigen::Vector2d source_anchor = linear_part(source) * anchor + source.translation;
  const Eigen::Vector2d driver_anchor = linear_part(driver) * anchor + driver.translation;

  RigidMotion motion = plane;
  motion.flow_linear = (1.0 - planar) * outline + planar * linear - Eigen::Matrix2d::Identity();
  motion.flow_offset = source_anchor - driver_anchor - motion.flow_linear * driver_anchor;
  return motion;
}

Eigen::Vector2d torso_shift(double chin_height, const Pose& source, const Pose& driver, double share) {
  const Eigen::Vector3d lower_end(0.0, chin_height, 0.0);
  const Eigen::Vector2d from = linear_part(source) * lower_end + source.translation;
  const Eigen::Vector2d to = linear_part(driver) * lower_end + driver.translation;
  return share * (to - from);
}

}  // namespace reenact
