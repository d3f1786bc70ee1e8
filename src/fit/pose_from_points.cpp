#include "fit/pose_from_points.h"

#include <Eigen/Cholesky>
#include <Eigen/SVD>

#include "reenact/core/error.h"

namespace reenact {
namespace {

/// Ratio of the affine camera's singular values below which the points count as lying on a line.
/// A scaled orthographic camera has ratio 1; expressions and identity change it by a few percent.
constexpr double smallest_aspect = 0.1;
/// Cosine of the largest turn away from the viewer: a little beyond profile.
constexpr double furthest_turn = -0.3;

}  // namespace

Pose pose_from_points(const Eigen::MatrixX3f& points_in_model, const Eigen::Matrix2Xd& points_in_image,
                      const Eigen::VectorXd& weights) {
  const double total = weights.sum();
  const Eigen::Matrix3Xd model = points_in_model.transpose().cast<double>();
  const Eigen::Vector3d model_centre = model * weights / total;
  const Eigen::Vector2d image_centre = points_in_image * weights / total;
  const Eigen::Matrix3Xd model_offsets = model.colwise() - model_centre;
  const Eigen::Matrix2Xd image_offsets = points_in_image.colwise() - image_centre;

  const Eigen::Matrix3d scatter = model_offsets * weights.asDiagonal() * model_offsets.transpose();
  const Eigen::Matrix<double, 2, 3> mixed = image_offsets * weights.asDiagonal() * model_offsets.transpose();
  Eigen::Matrix<double, 2, 3> affine = scatter.ldlt().solve(mixed.transpose()).transpose();
  affine.row(1) *= -1.0;  // camera y points up

  const Eigen::JacobiSVD<Eigen::MatrixXd> svd(affine, Eigen::ComputeThinU | Eigen::ComputeThinV);
  const Eigen::Vector2d stretch = svd.singularValues();
  if (!(stretch[1] > smallest_aspect * stretch[0])) {
    throw NoFaceError(
        "the landmarks lie on one spot or one line, so they show no face; use a clearer picture");
  }
  const Eigen::Matrix<double, 2, 3> axes = svd.matrixU() * svd.matrixV().transpose();
  Eigen::Matrix3d rotation;
  rotation << axes, axes.row(0).cross(axes.row(1));
  if (rotation(2, 2) < furthest_turn) {
    throw NoFaceError("the landmarks show a face from behind or a mirrored one; use a clearer picture");
  }

  Pose pose;
  pose.rotation = Eigen::Quaterniond(rotation);
  pose.scale = stretch.mean();
  const Eigen::Vector3d centre_in_camera = pose.scale * (rotation * model_centre);
  pose.translation = image_centre - Eigen::Vector2d(centre_in_camera.x(), -centre_in_camera.y());
  return pose;
}

}  // namespace reenact
