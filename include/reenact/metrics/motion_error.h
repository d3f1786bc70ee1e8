#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>

namespace reenact {

/// Root mean square of the differences of yaw, pitch and roll (core/pose.h) in degrees; each
/// difference is the shorter way round.
double pose_rmse_deg(const Eigen::Quaterniond& rotation, const Eigen::Quaterniond& reference);

/// Root mean square difference of expression weights in the same order. InputError when the numbers of
/// weights differ or are 0.
double expression_rmse(const Eigen::VectorXd& expression, const Eigen::VectorXd& reference);

}  // namespace reenact
