#include "reenact/mouth/mouth_placer.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "mouth/low_pass.h"
#include "mouth/rounding.h"
#include "reenact/core/landmark_indices.h"
#include "reenact/mouth/lip_contour.h"

namespace reenact {
namespace {

constexpr double prior_points = 15;
constexpr double filter_time_s = 0.139;
constexpr double greatest_corner_stretch = 0.4;

template <std::size_t Count>
LinearPoints landmarks_of(const FaceModel& model, const std::array<int, Count>& landmarks) {
  return LinearPoints::of_landmarks(model, {landmarks.begin(), landmarks.end()});
}

/// The middle of the teeth that the jaw does not move; for a model without teeth or jawOpen, of the resting
/// upper lip, which keeps as still in the head.
LinearPoints upper_teeth(const FaceModel& model) {
  std::vector<Eigen::Index> vertices = upper_teeth_vertices(model);
  if (!vertices.empty()) return LinearPoints::means_of(model, {vertices});
  for (const int landmark : ibug68::inner_upper_lip) vertices.push_back(model.landmarks68[landmark]);
  return LinearPoints::means_of(model, {vertices}).at_rest();
}

/// Along the opening, drawing nothing out.
CornerStretch stretch_of(const Eigen::Matrix2Xd& opening) {
  const Eigen::Vector2d across = (opening.col(lip_edge_points / 2) - opening.col(0)) / 2;
  CornerStretch stretch;
  stretch.half = std::max(across.norm(), 1.0);
  stretch.axis = across.normalized();
  stretch.middle = opening.col(0) + across;
  return stretch;
}

double limited(double amount) {
  return std::clamp(amount, -greatest_corner_stretch, greatest_corner_stretch);
}

}  // namespace

Eigen::Vector2d CornerStretch::shown_at(const Eigen::Vector2d& place) const {
  const double read = along(place);
  const double amount = read < 0 ? right : left;
  // |read| = |shown| − amount · shown² up to the corner, and as far beyond it as the corner is moved.
  const double to_corner = std::min(std::abs(read), 1 - amount);
  const double shown = 2 * to_corner / (1 + std::sqrt(std::max(1 - 4 * amount * to_corner, 0.0)));
  return place + (read < 0 ? to_corner - shown : shown - to_corner) * half * axis;
}

MouthGeometry::MouthGeometry(const FaceModel& model)
    : inner_(landmarks_of(model, inner_lip_landmarks)),
      outer_(landmarks_of(model, outer_lip_landmarks)),
      upper_teeth_(upper_teeth(model)),
      anchors_(landmarks_of(model, anchor_landmarks)) {}

MouthGeometry::Places MouthGeometry::project(const Eigen::VectorXd& identity,
                                             const Eigen::VectorXd& expression, const Pose& pose) const {
  return {inner_.project(identity, expression, pose), outer_.project(identity, expression, pose),
          upper_teeth_.project(identity, expression, pose).col(0),
          anchors_.project(identity, expression, pose)};
}

void complete_patch(MouthPatch& patch, const Eigen::Affine2d& patch_from_frame,
                    const MouthGeometry::Places& own, const MouthGeometry::Places& smoothed) {
  patch.upper_teeth = rounded_pixels(patch_from_frame * own.upper_teeth);
  patch.anchors = rounded_pixels(patch_from_frame * smoothed.anchors);
}

Eigen::Affine2d fit_affine(const Eigen::Matrix2Xd& x, const Eigen::Matrix2Xd& y, const Eigen::Matrix2d& prior,
                           double prior_weight) {
  const Eigen::Vector2d x_mean = x.rowwise().mean();
  const Eigen::Vector2d y_mean = y.rowwise().mean();
  const Eigen::Matrix2Xd x_centred = x.colwise() - x_mean;
  const Eigen::Matrix2Xd y_centred = y.colwise() - y_mean;
  const double pull = prior_weight * x_centred.squaredNorm() / static_cast<double>(x.cols());
  constexpr double tiny = 1e-9;
  const Eigen::Matrix2d normal =
      x_centred * x_centred.transpose() + (pull + tiny) * Eigen::Matrix2d::Identity();
  Eigen::Affine2d map;
  map.linear() = (y_centred * x_centred.transpose() + pull * prior) * normal.inverse();
  map.translation() = y_mean - map.linear() * x_mean;
  return map;
}

PlacedMouth MouthPlacer::place(const MouthPatch& patch, const MouthGeometry::Places& target, double time_s) {
  PlacedMouth placed;
  placed.opening = dense_lip_contour(target.inner);
  placed.lips = dense_lip_contour(target.outer);
  const Eigen::Matrix2d faces = fit_affine(target.anchors, patch.anchors).linear();
  const Eigen::Affine2d lips = fit_affine(placed.opening, patch.lip_edge, faces, prior_points);

  const Eigen::Matrix2d faces_inverse = faces.inverse();
  Filtered now{time_s, faces_inverse * lips.linear(), Eigen::Vector2d::Zero(), Eigen::Vector2d::Zero()};
  const double gain = last_ ? low_pass_gain(time_s - last_->time_s, filter_time_s) : 1;
  if (last_) now.stretch = last_->stretch + gain * (now.stretch - last_->stretch);
  // The place goes by the middle of the lips, about which the stretch turns.
  placed.patch_from_canvas.linear() = faces * now.stretch;
  const Eigen::Vector2d middle = placed.opening.rowwise().mean();
  const Eigen::Vector2d by_lips =
      patch.lip_edge.rowwise().mean() - placed.patch_from_canvas.linear() * middle;
  const Eigen::Vector2d by_teeth = patch.upper_teeth - placed.patch_from_canvas.linear() * target.upper_teeth;
  now.above_teeth = faces_inverse * (by_lips - by_teeth);
  if (last_) now.above_teeth = last_->above_teeth + gain * (now.above_teeth - last_->above_teeth);
  placed.patch_from_canvas.translation() = by_teeth + faces * now.above_teeth;

  placed.lip_edge = placed.patch_from_canvas.inverse() * patch.lip_edge;
  placed.stretch = stretch_of(placed.opening);
  now.corners = {limited(1 + placed.stretch.along(placed.lip_edge.col(0))),
                 limited(1 - placed.stretch.along(placed.lip_edge.col(lip_edge_points / 2)))};
  if (last_) now.corners = last_->corners + gain * (now.corners - last_->corners);
  placed.stretch.right = now.corners[0];
  placed.stretch.left = now.corners[1];
  for (auto point : placed.lip_edge.colwise()) point = placed.stretch.shown_at(point);
  last_ = now;
  placed.pixel_size = patch.pixel_size;
  placed.amount = patch.confidence;
  return placed;
}

}  // namespace reenact
