#include "reenact/fit/photo_offset.h"

#include <Eigen/Geometry>
#include <Eigen/LU>
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "reenact/core/error.h"
#include "reenact/core/landmark_indices.h"

namespace reenact {
namespace {

/// How far the spline may miss a landmark: the smaller, the nearer it passes. For squared bending in units of
/// the distance of the outer eye corners.
constexpr double eye_looseness = 2e-5;
constexpr double lip_looseness = 1e-4;
constexpr double brow_looseness = 3e-4;
constexpr double nose_looseness = 1e-3;
constexpr double oval_looseness = 1e-2;
constexpr double other_looseness = 3e-3;

/// Distance from the nearest landmark, in eye distances, up to which a vertex belongs to the face, and
/// further distance over which its offset fades to 1/e.
constexpr double face_reach = 0.1;
constexpr double fade_length = 0.15;

/// Share that is taken from what would move the outline of the face outwards: an outline inside the face
/// leaves a rim of skin where it was, one outside carries the background along with the face.
constexpr double outward_loss = 0.7;

/// Face-mesh points along the ridge and around the wings of the nose (MediaPipe).
constexpr std::array<int, 16> nose = {1, 2, 98, 327, 4, 5, 6, 168, 197, 195, 48, 278, 64, 294, 97, 326};

Eigen::VectorXd looseness_of_landmarks() {
  Eigen::VectorXd looseness =
      Eigen::VectorXd::Constant(landmark_count(LandmarkScheme::mesh468), other_looseness);
  const auto set = [&](const auto& points, double value) {
    for (const int point : points) looseness[point] = value;
  };
  set(mesh468::oval, oval_looseness);
  set(nose, nose_looseness);
  set(mesh468::right_brow, brow_looseness);
  set(mesh468::left_brow, brow_looseness);
  set(mesh468::outer_lips, lip_looseness);
  set(mesh468::inner_lips, lip_looseness);
  set(mesh468::right_eye, eye_looseness);
  set(mesh468::left_eye, eye_looseness);
  return looseness;
}

/// A smoothing thin-plate spline of two values over the plane.
class ThinPlateSpline {
 public:
  /// `places` and `values` are 2×N.
  ThinPlateSpline(const Eigen::Matrix2Xd& places, const Eigen::Matrix2Xd& values,
                  const Eigen::VectorXd& looseness)
      : places_(places) {
    const Eigen::Index n = places.cols();
    Eigen::MatrixXd system = Eigen::MatrixXd::Zero(n + 3, n + 3);
    for (Eigen::Index i = 0; i < n; ++i) system.block(0, i, n, 1) = kernel_at(places.col(i));
    system.diagonal().head(n) += looseness;
    system.block(0, n, n, 1).setOnes();
    system.block(0, n + 1, n, 2) = places.transpose();
    system.bottomLeftCorner(3, n) = system.topRightCorner(n, 3).transpose();
    Eigen::MatrixX2d right = Eigen::MatrixX2d::Zero(n + 3, 2);
    right.topRows(n) = values.transpose();
    coefficients_ = system.partialPivLu().solve(right);
  }

  Eigen::Vector2d operator()(const Eigen::Vector2d& place) const {
    const Eigen::Index n = places_.cols();
    Eigen::RowVector2d value = kernel_at(place).transpose() * coefficients_.topRows(n);
    value += coefficients_.row(n) + place.transpose() * coefficients_.bottomRows<2>();
    return value.transpose();
  }

 private:
  /// r² log r to all places.
  Eigen::VectorXd kernel_at(const Eigen::Vector2d& place) const {
    const Eigen::ArrayXd squared = (places_.colwise() - place).colwise().squaredNorm().transpose();
    return (0.5 * squared * squared.max(1e-18).log()).matrix();
  }

  Eigen::Matrix2Xd places_;
  Eigen::MatrixX2d coefficients_;
};

double mean_radius(const FaceModel& model, const Eigen::Matrix3Xf& vertices, Region eyeball) {
  const Eigen::Vector3d centre = eyeball_centre(model, vertices, eyeball);
  double sum = 0;
  Eigen::Index count = 0;
  for (Eigen::Index v = 0; v < vertices.cols(); ++v) {
    if (model.region[static_cast<std::size_t>(v)] != eyeball) continue;
    sum += (vertices.col(v).cast<double>() - centre).norm();
    ++count;
  }
  return sum / static_cast<double>(std::max<Eigen::Index>(count, 1));
}

}  // namespace

Eigen::Matrix3Xf photo_offset(const FaceModel& model, const FaceFit& fit, const Landmarks& landmarks) {
  const Eigen::Index count = landmark_count(LandmarkScheme::mesh468);
  if (landmarks.scheme != LandmarkScheme::mesh468 || landmarks.points.cols() != count ||
      model.landmarks468.size() != count || !landmarks.points.allFinite()) {
    throw InputError("the mesh can be put onto 468 finite landmarks only");
  }
  const Eigen::Matrix3Xf shape = shape_face(model, fit.identity, fit.expression, fit.gaze);
  const Eigen::Matrix3Xf vertices = project(fit.pose, shape);
  const double unit = std::max(interocular_distance(landmarks), 1.0);
  const Eigen::Vector2d middle = landmarks.points.rowwise().mean();

  Eigen::Matrix2Xd places(2, count);
  for (Eigen::Index n = 0; n < count; ++n) {
    const Eigen::Vector3i corners = model.triangles.col(model.landmarks468.triangle[n]);
    Eigen::Vector2d place = Eigen::Vector2d::Zero();
    for (int k = 0; k < 3; ++k) {
      place += static_cast<double>(model.landmarks468.barycentric(k, n)) *
               vertices.col(corners[k]).head<2>().cast<double>();
    }
    places.col(n) = (place - middle) / unit;
  }
  const Eigen::Matrix2Xd targets = (landmarks.points.colwise() - middle) / unit;
  Eigen::Matrix2Xd misses = targets - places;
  for (const int point : mesh468::oval) {
    const Eigen::Vector2d outward = places.col(point).normalized();
    const double rise = std::max(misses.col(point).dot(outward), 0.0);
    misses.col(point) -= outward_loss * rise * outward;
  }
  const ThinPlateSpline spline(places, misses, looseness_of_landmarks());

  // A shift across the view, in pixels, as one in model coordinates.
  const Eigen::Matrix3d model_from_camera = fit.pose.rotation.toRotationMatrix().transpose();
  const auto in_model = [&](const Eigen::Vector2d& shift_px) -> Eigen::Vector3f {
    return (model_from_camera * Eigen::Vector3d(shift_px.x(), -shift_px.y(), 0) / fit.pose.scale)
        .cast<float>();
  };
  Eigen::Matrix3Xf offset = Eigen::Matrix3Xf::Zero(3, vertices.cols());
  for (Eigen::Index v = 0; v < vertices.cols(); ++v) {
    const Region region = model.region[static_cast<std::size_t>(v)];
    if (region == Region::eyeball_right || region == Region::eyeball_left) continue;
    const Eigen::Vector2d place = (vertices.col(v).head<2>().cast<double>() - middle) / unit;
    const double distance = std::sqrt((places.colwise() - place).colwise().squaredNorm().minCoeff());
    const double beyond = std::max(distance - face_reach, 0.0) / fade_length;
    offset.col(v) = in_model(unit * std::exp(-beyond * beyond) * spline(place));
  }
  if (landmarks.iris.cols() != 10 || !model.has(Region::eyeball_right)) return offset;
  for (const Region eyeball : {Region::eyeball_right, Region::eyeball_left}) {
    const bool right = eyeball == Region::eyeball_right;
    const double radius_px = mean_radius(model, shape, eyeball) * fit.pose.scale;
    const Eigen::Vector3d axis = fit.pose.rotation * (gaze_rotation(right ? fit.gaze.right : fit.gaze.left) *
                                                      Eigen::Vector3d::UnitZ());
    const Eigen::Vector2d centre = eyeball_centre(model, vertices, eyeball).head<2>();
    const Eigen::Vector2d wanted =
        landmarks.iris.col(right ? 0 : 5) - radius_px * Eigen::Vector2d(axis.x(), -axis.y());
    const Eigen::Vector3f shift = in_model(wanted - centre);
    for (Eigen::Index v = 0; v < vertices.cols(); ++v) {
      if (model.region[static_cast<std::size_t>(v)] == eyeball) offset.col(v) = shift;
    }
  }
  return offset;
}

}  // namespace reenact
