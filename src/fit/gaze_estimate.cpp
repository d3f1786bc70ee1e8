#include "fit/gaze_estimate.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "reenact/core/landmark_indices.h"

namespace reenact {
namespace {

/// Face-mesh points of one eye and the column of its pupil among the iris points.
struct EyePoints {
  Region eyeball;
  int outer;
  int inner;
  std::array<int, 2> upper;
  std::array<int, 2> lower;
  Eigen::Index pupil;
  double side;  ///< sign of the eye's x in the model
};
constexpr std::array<EyePoints, 2> eyes = {{
    {Region::eyeball_right, mesh468::right_eye_outer, mesh468::right_eye_inner, mesh468::right_upper_lid,
     mesh468::right_lower_lid, 0, -1.0},
    {Region::eyeball_left, mesh468::left_eye_outer, mesh468::left_eye_inner, mesh468::left_upper_lid,
     mesh468::left_lower_lid, 5, 1.0},
}};

constexpr double yaw_limit_rad = 0.7;
constexpr double pitch_limit_rad = 0.5;
/// Height over width of the lid opening: the eye counts as closed below the first, as open above the second.
/// Lids that are shut may be seen as open by the first.
constexpr double closed_opening = 0.13;
constexpr double open_opening = 0.20;
/// Direction an eye faces, turned outwards from the head's, and the cosines to the viewer between which
/// trust in it grows from 0 to 1.
constexpr double outward_turn_rad = 0.35;
constexpr double hidden_cosine = 0.2;
constexpr double facing_cosine = 0.6;
/// Strength of the coupling of the two eyes: vertically they move as one, horizontally they converge.
constexpr double yaw_coupling = 0.5;
constexpr double pitch_coupling = 2.0;

double ramp(double value, double from, double to) {
  return std::clamp((value - from) / (to - from), 0.0, 1.0);
}

double lid_opening(const Landmarks& landmarks, const EyePoints& eye) {
  double height = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    height += 0.5 * (landmarks.points.col(eye.upper[i]) - landmarks.points.col(eye.lower[i])).norm();
  }
  const double width = (landmarks.points.col(eye.outer) - landmarks.points.col(eye.inner)).norm();
  return width > 0 ? height / width : 0.0;
}

double facing_viewer(const Pose& pose, double side) {
  const Eigen::Vector3d outward(side * std::sin(outward_turn_rad), 0, std::cos(outward_turn_rad));
  return (pose.rotation * outward).z();
}

/// Minimises w₀(x₀−m₀)² + w₁(x₁−m₁)² + κ(x₀−x₁)².
Eigen::Vector2d couple(const Eigen::Vector2d& measured, const Eigen::Vector2d& weights, double coupling) {
  const double common = weights.dot(measured) / weights.sum();
  const double shrink = weights.prod() / (weights.prod() + coupling * weights.sum());
  return (common + shrink * (measured.array() - common)).matrix();
}

/// Every vertex of the eyeball counts the same in its centre, so one mean row replaces them.
LandmarkBasis centroid_basis(const FaceModel& model, Region eyeball) {
  std::vector<SurfacePoint> points;
  for (std::size_t i = 0; i < model.region.size(); ++i) {
    if (model.region[i] != eyeball) continue;
    points.push_back({Eigen::Vector3i::Constant(static_cast<int>(i)), Eigen::Vector3f::UnitX()});
  }
  const LandmarkBasis all(model, points);
  LandmarkBasis centroid;
  for (std::size_t c = 0; c < 3; ++c) {
    centroid.mean[c] = Eigen::VectorXf::Constant(1, all.mean[c].mean());
    centroid.identity[c] = all.identity[c].colwise().mean();
    centroid.expression[c] = all.expression[c].colwise().mean();
  }
  return centroid;
}

double eyeball_radius(const FaceModel& model, Region eyeball) {
  const Eigen::Vector3d centre = eyeball_centre(model, model.mean, eyeball);
  double sum = 0;
  int count = 0;
  for (std::size_t i = 0; i < model.region.size(); ++i) {
    if (model.region[i] != eyeball) continue;
    sum += (model.mean.col(static_cast<Eigen::Index>(i)).cast<double>() - centre).norm();
    ++count;
  }
  return sum / count;
}

}  // namespace

GazeEstimator::GazeEstimator(const FaceModel& model) {
  std::vector<SurfacePoint> points;
  for (const EyePoints& eye : eyes) {
    for (const int corner : {eye.outer, eye.inner}) {
      points.push_back({model.triangles.col(model.landmarks468.triangle[corner]),
                        model.landmarks468.barycentric.col(corner)});
    }
    points.emplace_back();  // row of the eyeball's centre
  }
  basis_ = LandmarkBasis(model, points);
  for (std::size_t e = 0; e < 2; ++e) {
    const LandmarkBasis centroid = centroid_basis(model, eyes[e].eyeball);
    const auto row = static_cast<Eigen::Index>(3 * e + 2);
    for (std::size_t c = 0; c < 3; ++c) {
      basis_.mean[c][row] = centroid.mean[c][0];
      basis_.identity[c].row(row) = centroid.identity[c];
      basis_.expression[c].row(row) = centroid.expression[c];
    }
    radius_cm_[static_cast<Eigen::Index>(e)] = eyeball_radius(model, eyes[e].eyeball);
  }
}

Gaze GazeEstimator::estimate(const Landmarks& landmarks, const Pose& pose, const Eigen::VectorXd& identity,
                             const Eigen::VectorXd& expression, const Gaze* previous) const {
  const Gaze before = previous != nullptr ? *previous : Gaze();
  if (landmarks.iris.cols() == 0) return before;
  const Eigen::MatrixX3d points = basis_.positions(identity, expression).cast<double>();
  const Eigen::Matrix3d rotation = pose.rotation.toRotationMatrix();
  Eigen::Vector2d weight, yaw, pitch;
  for (std::size_t e = 0; e < 2; ++e) {
    const EyePoints& eye = eyes[e];
    const auto i = static_cast<Eigen::Index>(e);
    const Eigen::Vector2d seen_middle =
        0.5 * (landmarks.points.col(eye.outer) + landmarks.points.col(eye.inner));
    const Eigen::Vector2d pupil_px = landmarks.iris.col(eye.pupil) - seen_middle;
    const Eigen::Vector3d model_middle = 0.5 * (points.row(3 * i) + points.row(3 * i + 1)).transpose();
    const Eigen::Vector3d middle_from_centre = rotation * (model_middle - points.row(3 * i + 2).transpose());
    Eigen::Vector2d sideways =
        Eigen::Vector2d(pupil_px.x(), -pupil_px.y()) / pose.scale + middle_from_centre.head<2>();
    sideways /= radius_cm_[i];
    const double sine = std::min(sideways.norm(), 1.0);
    if (sine == 1.0) sideways.normalize();
    const Eigen::Vector3d in_camera(sideways.x(), sideways.y(), std::sqrt(1.0 - sine * sine));
    const Eigen::Vector3d direction = rotation.transpose() * in_camera;
    yaw[i] = std::clamp(std::atan2(direction.x(), direction.z()), -yaw_limit_rad, yaw_limit_rad);
    pitch[i] = std::clamp(std::asin(std::clamp(direction.y(), -1.0, 1.0)), -pitch_limit_rad, pitch_limit_rad);
    weight[i] = ramp(lid_opening(landmarks, eye), closed_opening, open_opening) *
                ramp(facing_viewer(pose, eye.side), hidden_cosine, facing_cosine);
  }
  if (weight.sum() <= 0) return before;
  const Eigen::Vector2d coupled_yaw = couple(yaw, weight, yaw_coupling);
  const Eigen::Vector2d coupled_pitch = couple(pitch, weight, pitch_coupling);
  Gaze gaze;
  gaze.right = {coupled_yaw[0], coupled_pitch[0]};
  gaze.left = {coupled_yaw[1], coupled_pitch[1]};
  if (previous == nullptr) return gaze;
  const double share = weight.maxCoeff();
  return {before.right + share * (gaze.right - before.right),
          before.left + share * (gaze.left - before.left)};
}

}  // namespace reenact
