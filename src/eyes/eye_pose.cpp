#include "reenact/eyes/eye_pose.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "eyes/sampling.h"
#include "reenact/core/lid_gaps.h"

namespace reenact {
namespace {

constexpr auto contour_points = static_cast<Eigen::Index>(EyeContour::points);
/// Columns of one eye among the points: upper edge, lower edge, eyeball.
constexpr Eigen::Index points_per_eye = 2 * contour_points + 1;

/// Openings between which the gap goes over from the one that is asked for to that of the mesh.
constexpr float asked_gap = 0.1F;
constexpr float mesh_gap_fade = 0.4F;
/// Opening below which an eye that the photo shows shut becomes the photo's.
constexpr float photo_shows_shut = 0.2F;
/// The iris stays between these places along the eye's axis.
constexpr float iris_from_corner = 0.17F;
/// Share of an iris's fall that the upper lid makes when the gaze goes down, and least share of the gap that
/// is left.
constexpr float lid_follows_iris = 0.9F;
constexpr float least_gap_share = 0.3F;
/// White above the iris beyond the photo's that is shown in full, in eye widths, and the share of what would
/// be more: people's upper lids stay on their irises.
constexpr float free_white = 0.02F;
constexpr float further_white = 0.3F;
/// Share of the photo's width below which an eye is left to the mesh, and further share over which it comes
/// in.
constexpr float edge_on_width = 0.45F;
constexpr float edge_on_fade = 0.15F;

std::size_t index_of(EyeSide side) { return static_cast<std::size_t>(side); }

/// Quadratic times a(1 − a): zero at both corners.
Eigen::RowVector3f bump(float a) {
  const float off_middle = a - 0.5F;
  return a * (1 - a) * Eigen::RowVector3f(1.0F, off_middle, off_middle * off_middle);
}

/// Coefficients of the bump that fits how far an edge rises from `photo` to `now`; heights at the photo's
/// scale.
Eigen::Vector3f fit_rise(const std::array<Eigen::Vector2f, EyeContour::points>& photo,
                         const EyeFrame& photo_frame,
                         const std::array<Eigen::Vector2f, EyeContour::points>& now, const EyeFrame& frame,
                         float scale) {
  Eigen::Matrix3f normal = Eigen::Vector3f(1e-5F, 1e-4F, 1e-3F).asDiagonal();
  Eigen::Vector3f right = Eigen::Vector3f::Zero();
  for (std::size_t i = 1; i + 1 < EyeContour::points; ++i) {
    const Eigen::Vector2f from = photo_frame.local(photo[i]);
    const Eigen::RowVector3f terms = bump(std::clamp(from.x(), 0.02F, 0.98F));
    normal += terms.transpose() * terms;
    right += terms.transpose() * (frame.local(now[i]).y() - scale * from.y());
  }
  return normal.ldlt().solve(right);
}

/// How high the upper lid is over the middle of an iris, in pixels of the frame: in the photo, and now.
struct LidOverIris {
  float then;
  float now;
};

LidOverIris lid_over_iris(const PhotoEye& eye, const Eigen::Vector2f& iris, const EyePose& pose) {
  const Eigen::Vector2f then = eye.lids.frame.local(eye.ball.iris);
  const LidProfile& gaps = eye.open_gap.value_or(eye.lids.upper);
  const float base = eye.open_gap ? at(eye.lids.lower, then.x()) : 0.0F;
  const Eigen::Vector2f now = pose.lids.frame.local(iris);
  return {pose.scale * (base + at(gaps, then.x()) - then.y()), at(pose.lids.upper, now.x()) - now.y()};
}

/// Lowers the upper lid by so many pixels over the iris.
void lower_lid(float lowered, const Eigen::Vector2f& iris, EyePose& pose) {
  const float a = pose.lids.frame.local(iris).x();
  const float gap = at(pose.lids.upper, a) - at(pose.lids.lower, a);
  if (lowered <= 0 || gap <= 0) return;
  const float share = std::max(1 - lowered / gap, least_gap_share);
  for (std::size_t s = 0; s < lid_samples; ++s) {
    pose.lids.upper[s] = pose.lids.lower[s] + share * (pose.lids.upper[s] - pose.lids.lower[s]);
  }
}

/// Lowers the upper lid with an iris that falls by `fall` pixels, as far as white would show above it that
/// the photo does not have.
void lower_lid_with_iris(const PhotoEye& eye, const Eigen::Vector2f& iris, float fall, EyePose& pose) {
  const LidOverIris lid = lid_over_iris(eye, iris, pose);
  lower_lid(std::min(lid.now - lid.then, lid_follows_iris * fall), iris, pose);
}

/// Lowers an upper lid that rises far off the iris, which would be a stare.
void keep_lid_on_iris(const PhotoEye& eye, const Eigen::Vector2f& iris, EyePose& pose) {
  const LidOverIris lid = lid_over_iris(eye, iris, pose);
  const float free =
      std::max(lid.then, pose.scale * eye.ball.iris_radius) + free_white * pose.lids.frame.width;
  lower_lid((1 - further_white) * (lid.now - free), iris, pose);
}

}  // namespace

EyePose pose_in_photo(const PhotoEye& eye) {
  EyePose pose;
  pose.lids = eye.lids;
  pose.ball_centre = eye.ball.centre;
  return pose;
}

EyePoints::EyePoints(const FaceModel& model, const Eigen::VectorXd& identity) {
  const Eigen::Matrix3Xf shape = shape_face(model, identity, Eigen::VectorXd(), Gaze());
  const Eigen::Index expressions = model.expression_count();
  neutral_.setZero(3, 2 * points_per_eye);
  expression_.setZero(3 * neutral_.cols(), expressions);
  Eigen::Index column = 0;
  const auto add = [&](Eigen::Index vertex, float weight) {
    neutral_.col(column) += weight * shape.col(vertex);
    expression_.middleRows<3>(3 * column) += weight * model.expression.middleRows<3>(3 * vertex);
  };
  for (std::size_t e = 0; e < 2; ++e) {
    for (const auto& edge : {eye_mesh_points[e].upper, eye_mesh_points[e].lower}) {
      for (const int point : edge) {
        const Eigen::Vector3i corners = model.triangles.col(model.landmarks468.triangle[point]);
        for (int k = 0; k < 3; ++k) add(corners[k], model.landmarks468.barycentric(k, point));
        ++column;
      }
    }
    const Region eyeball = e == 0 ? Region::eyeball_right : Region::eyeball_left;
    const auto count = static_cast<float>(std::count(model.region.begin(), model.region.end(), eyeball));
    for (Eigen::Index v = 0; v < shape.cols(); ++v) {
      if (model.region[static_cast<std::size_t>(v)] == eyeball) add(v, 1.0F / count);
    }
    for (Eigen::Index v = 0; v < shape.cols(); ++v) {
      if (model.region[static_cast<std::size_t>(v)] != eyeball) continue;
      ball_radius_cm_[e] += (shape.col(v) - neutral_.col(column)).norm() / count;
    }
    ++column;
  }
}

std::array<EyePoints::Eye, 2> EyePoints::place(const Eigen::VectorXd& expression, const Pose& pose) const {
  Eigen::Matrix3Xf points = neutral_;
  Eigen::Map<Eigen::VectorXf> flat(points.data(), points.size());
  const Eigen::Index count = std::min(expression.size(), expression_.cols());
  flat.noalias() += expression_.leftCols(count) * expression.head(count).cast<float>();
  const Eigen::Matrix3Xf placed = project(pose, points);
  std::array<Eye, 2> eyes;
  for (std::size_t e = 0; e < 2; ++e) {
    const auto first = static_cast<Eigen::Index>(e) * points_per_eye;
    for (std::size_t i = 0; i < EyeContour::points; ++i) {
      const auto column = first + static_cast<Eigen::Index>(i);
      eyes[e].contour.upper[i] = placed.col(column).head<2>();
      eyes[e].contour.lower[i] = placed.col(column + contour_points).head<2>();
    }
    eyes[e].ball_centre = placed.col(first + 2 * contour_points).head<2>();
  }
  return eyes;
}

EyePose pose_eye(const PhotoEye& eye, const EyePoints::Eye& in_photo, const EyePoints::Eye& now,
                 const FaceState& source, const FaceState& state, float opening) {
  EyePose pose;
  const auto scale = static_cast<float>(state.pose.scale / source.pose.scale);
  pose.scale = scale;
  pose.opening = opening;

  // The corners: where the photo has them, moved as the mesh moves.
  const EyeFrame photo_frame = eye.lids.frame;
  const EyeFrame mesh_then(in_photo.contour.upper.front(), in_photo.contour.upper.back(), eye.side);
  const EyeFrame mesh_now(now.contour.upper.front(), now.contour.upper.back(), eye.side);
  const auto moved = [&](const Eigen::Vector2f& point) {
    const Eigen::Vector2f local = mesh_then.local(point);
    return mesh_now.image(local.x(), scale * local.y());
  };
  const EyeFrame frame(moved(photo_frame.image(0, 0)), moved(photo_frame.image(1, 0)), eye.side);
  pose.lids.frame = frame;

  // Heights of the edges.
  const Eigen::Vector3f upper_rise =
      fit_rise(in_photo.contour.upper, mesh_then, now.contour.upper, mesh_now, scale);
  const Eigen::Vector3f lower_rise =
      fit_rise(in_photo.contour.lower, mesh_then, now.contour.lower, mesh_now, scale);
  const float asked_share = 1 - smoothstep((opening - asked_gap) / mesh_gap_fade);
  for (int i = 0; i < lid_samples; ++i) {
    const auto s = static_cast<std::size_t>(i);
    const Eigen::RowVector3f terms = bump(lid_position(i));
    const float lower = scale * eye.lids.lower[s] + terms.dot(lower_rise);
    const float mesh_gap = scale * eye.lids.upper[s] + terms.dot(upper_rise) - lower;
    const float asked = opening * scale * (eye.lids.upper[s] - eye.lids.lower[s]);
    const float gap =
        eye.open_gap ? opening * scale * (*eye.open_gap)[s] : mesh_gap + asked_share * (asked - mesh_gap);
    pose.lids.lower[s] = lower;
    pose.lids.upper[s] = lower + std::max(gap, 0.0F);
  }

  // The eyeball.
  const Eigen::Vector2d gaze = eye.side == EyeSide::right ? state.gaze.right : state.gaze.left;
  const Eigen::Vector2d source_gaze = eye.side == EyeSide::right ? source.gaze.right : source.gaze.left;
  pose.gaze_change_rad = static_cast<float>((gaze - source_gaze).norm());
  const Eigen::Matrix3f gaze_now = gaze_rotation(gaze).cast<float>();
  const Eigen::Matrix3f head_now = state.pose.rotation.toRotationMatrix().cast<float>();
  pose.photo_from_frame =
      eye.ball.head_rotation * eye.ball.gaze_rotation * gaze_now.transpose() * head_now.transpose();
  pose.ball_centre = now.ball_centre + scale * (eye.ball.centre - in_photo.ball_centre);
  const Eigen::Vector3f axis = pose.photo_from_frame.transpose() * eye.ball.axis;
  const Eigen::Vector2f iris =
      pose.ball_centre + scale * eye.ball.radius * Eigen::Vector2f(axis.x(), -axis.y());
  const float iris_then = photo_frame.local(eye.ball.iris).x();
  const float iris_now = frame.local(iris).x();
  const float kept =
      std::clamp(iris_now, std::min(iris_from_corner, iris_then), std::max(1 - iris_from_corner, iris_then));
  const Eigen::Vector2f shift = (kept - iris_now) * frame.width * frame.along;
  pose.ball_centre += shift;
  const auto fall = static_cast<float>(std::sin(source_gaze.y()) - std::sin(gaze.y()));
  if (fall > 0) lower_lid_with_iris(eye, iris + shift, fall * scale * eye.ball.radius, pose);
  keep_lid_on_iris(eye, iris + shift, pose);

  const float width_share = frame.width / (scale * photo_frame.width);
  pose.strength = smoothstep((width_share - edge_on_width) / edge_on_fade);
  if (eye.open_gap) pose.strength *= smoothstep(opening / photo_shows_shut);
  return pose;
}

EyeFront eye_front(const FaceModel& model, EyeSide side, const EyeFrame& frame, const ConditioningMaps& maps,
                   const CropSquare& crop) {
  // Of the ellipsoid around the eye's middle on the mean face, in centimetres.
  const Eigen::Vector3f radii(2.3F, 1.9F, 2.6F);
  constexpr float fade = 0.15F;
  constexpr std::array<std::array<int, 2>, 2> corners = {{{36, 39}, {42, 45}}};
  constexpr float box_reach = 1.1F;  // in eye widths

  const auto& ends = corners[index_of(side)];
  const Eigen::Vector3f middle = 0.5F * (model.neutral_coordinates.col(model.landmarks68[ends[0]]) +
                                         model.neutral_coordinates.col(model.landmarks68[ends[1]]));
  const Eigen::Vector3f extent = model.mean.rowwise().maxCoeff() - model.mean.rowwise().minCoeff();
  const Eigen::Vector3f to_radii = extent.cwiseQuotient(radii);

  EyeFront front;
  front.pixels_per_canvas_pixel = static_cast<float>(maps.size / crop.side);
  const Eigen::Vector2d centre = crop.crop_from_image(frame.image(0.5F, 0.0F).cast<double>(), maps.size);
  const double reach = static_cast<double>(box_reach * frame.width * front.pixels_per_canvas_pixel) + 2;
  const auto pixel = [&](double position) {
    return static_cast<int>(std::clamp(std::floor(position), 0.0, static_cast<double>(maps.size - 1)));
  };
  const int left = pixel(centre.x() - reach);
  const int top = pixel(centre.y() - reach);
  const int right = pixel(centre.x() + reach);
  const int bottom = pixel(centre.y() + reach);
  front.origin = crop.image_from_crop(Eigen::Vector2d(left, top), maps.size).cast<float>();
  front.share.create(bottom - top + 1, right - left + 1, CV_32F);
  const float* coverage = maps.plane(conditioning::coverage);
  const float* neutral[3] = {maps.plane(conditioning::neutral), maps.plane(conditioning::neutral + 1),
                             maps.plane(conditioning::neutral + 2)};
  for (int y = top; y <= bottom; ++y) {
    auto* row = front.share.ptr<float>(y - top);
    for (int x = left; x <= right; ++x) {
      const std::ptrdiff_t i = static_cast<std::ptrdiff_t>(y) * maps.size + x;
      const Eigen::Vector3f off(neutral[0][i] - middle.x(), neutral[1][i] - middle.y(),
                                neutral[2][i] - middle.z());
      const float distance = off.cwiseProduct(to_radii).norm();
      row[x - left] = coverage[i] > 0 ? clamped((1 + fade - distance) / fade, 0.0F, 1.0F) : 0.0F;
    }
  }
  return front;
}

}  // namespace reenact
