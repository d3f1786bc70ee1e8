#include "reenact/fit/outline_offset.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <vector>

#include "reenact/core/landmark_indices.h"
#include "reenact/core/pose.h"

namespace reenact {
namespace {

// In centimetres of the model.
constexpr double kernel_sigma = 0.45;
constexpr double whole_reach = 0.3;  ///< distance from the nearest place up to which a vertex goes along,
constexpr double fade_length = 1.4;  ///< and further distance over which its share sinks to 1/e
constexpr double least_share = 0.01;

/// Where eyes and lips lie on the mesh with these vertices, 2×N: landmarks put them there.
Eigen::Matrix2Xd eyes_and_lips(const FaceModel& model, const Eigen::Matrix3Xf& vertices) {
  const Eigen::Matrix3Xf points = surface_positions(model, model.landmarks468, vertices);
  std::vector<int> still;
  for (const auto& eye : {mesh468::right_eye, mesh468::left_eye}) {
    still.insert(still.end(), eye.begin(), eye.end());
  }
  still.insert(still.end(), mesh468::outer_lips.begin(), mesh468::outer_lips.end());
  still.insert(still.end(), mesh468::inner_lips.begin(), mesh468::inner_lips.end());
  return points(Eigen::seqN(0, 2), still).cast<double>();
}

}  // namespace

Eigen::Matrix3Xf outline_offset(const FaceModel& model, const FaceFit& fit, const OutlineShifts& outline) {
  Eigen::Matrix3Xf offset = Eigen::Matrix3Xf::Zero(3, model.vertex_count());
  if (outline.places.cols() == 0) return offset;
  const Eigen::Matrix3Xf vertices =
      project(fit.pose, shape_face(model, fit.identity, fit.expression, fit.gaze));
  const Eigen::Matrix2Xd still = eyes_and_lips(model, vertices);
  const auto squared_cm = [&](const Eigen::Matrix2Xd& places, const Eigen::Vector2d& from) -> Eigen::ArrayXd {
    return (places.colwise() - from).colwise().squaredNorm().transpose() / (fit.pose.scale * fit.pose.scale);
  };
  const Eigen::Matrix3d model_from_camera = fit.pose.rotation.toRotationMatrix().transpose();
  for (Eigen::Index v = 0; v < vertices.cols(); ++v) {
    const Region region = model.region[static_cast<std::size_t>(v)];
    if (region == Region::eyeball_right || region == Region::eyeball_left) continue;
    const Eigen::Vector2d place = vertices.col(v).head<2>().cast<double>();
    const Eigen::ArrayXd squared = squared_cm(outline.places, place);
    const double nearest = squared.minCoeff();
    const double beyond = std::max(std::sqrt(nearest) - whole_reach, 0.0) / fade_length;
    const double share = std::exp(-beyond * beyond);
    if (share < least_share) continue;
    const auto kernel = [&](const Eigen::ArrayXd& distances) -> Eigen::VectorXd {
      return ((nearest - distances) / (2 * kernel_sigma * kernel_sigma)).exp();
    };
    const Eigen::VectorXd weights = kernel(squared);
    const double held = kernel(squared_cm(still, place)).sum();
    const Eigen::Vector2d shift_cm =
        share * (outline.shifts * weights) / (weights.sum() + held) / fit.pose.scale;
    offset.col(v) = (model_from_camera * Eigen::Vector3d(shift_cm.x(), -shift_cm.y(), 0)).cast<float>();
  }
  return offset;
}

}  // namespace reenact
