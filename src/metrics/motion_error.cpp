#include "reenact/metrics/motion_error.h"

#include <cmath>
#include <string>

#include "reenact/core/error.h"
#include "reenact/core/pose.h"

namespace reenact {

double pose_rmse_deg(const Eigen::Quaterniond& rotation, const Eigen::Quaterniond& reference) {
  const HeadAngles a = head_angles(rotation);
  const HeadAngles b = head_angles(reference);
  const Eigen::Array3d difference(a.yaw_deg - b.yaw_deg, a.pitch_deg - b.pitch_deg, a.roll_deg - b.roll_deg);
  const Eigen::Array3d shorter =
      difference.unaryExpr([](double degrees) { return std::remainder(degrees, 360.0); });
  return std::sqrt(shorter.square().mean());
}

double expression_rmse(const Eigen::VectorXd& expression, const Eigen::VectorXd& reference) {
  if (expression.size() != reference.size() || expression.size() == 0) {
    throw InputError("expressions to compare must have the same weights; these have " +
                     std::to_string(expression.size()) + " and " + std::to_string(reference.size()));
  }
  return std::sqrt((expression - reference).squaredNorm() / static_cast<double>(expression.size()));
}

}  // namespace reenact
