#include "reenact/fit/outline_offset.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>

#include "reenact/core/pose.h"

namespace reenact {
namespace {

// In centimetres of the model.
constexpr double kernel_sigma = 0.45;
constexpr double whole_reach = 0.3;  ///< distance from the nearest place up to which a vertex goes along,
constexpr double fade_length = 1.4;  ///< and further distance over which its share sinks to 1/e
constexpr double least_share = 0.01;

}  // namespace

Eigen::Matrix3Xf outline_offset(const FaceModel& model, const FaceFit& fit, const OutlineShifts& outline) {
  Eigen::Matrix3Xf offset = Eigen::Matrix3Xf::Zero(3, model.vertex_count());
  if (outline.places.cols() == 0) return offset;
  const Eigen::Matrix3Xf vertices =
      project(fit.pose, shape_face(model, fit.identity, fit.expression, fit.gaze));
  const Eigen::Matrix3d model_from_camera = fit.pose.rotation.toRotationMatrix().transpose();
  for (Eigen::Index v = 0; v < vertices.cols(); ++v) {
    const Region region = model.region[static_cast<std::size_t>(v)];
    if (region == Region::eyeball_right || region == Region::eyeball_left) continue;
    const Eigen::Vector2d place = vertices.col(v).head<2>().cast<double>();
    const Eigen::ArrayXd distances =
        (outline.places.colwise() - place).colwise().norm().transpose() / fit.pose.scale;
    const double nearest = distances.minCoeff();
    const double beyond = std::max(nearest - whole_reach, 0.0) / fade_length;
    const double share = std::exp(-beyond * beyond);
    if (share < least_share) continue;
    const Eigen::VectorXd weights =
        ((nearest * nearest - distances.square()) / (2 * kernel_sigma * kernel_sigma)).exp();
    const Eigen::Vector2d shift_cm = share * (outline.shifts * weights) / weights.sum() / fit.pose.scale;
    offset.col(v) = (model_from_camera * Eigen::Vector3d(shift_cm.x(), -shift_cm.y(), 0)).cast<float>();
  }
  return offset;
}

}  // namespace reenact
