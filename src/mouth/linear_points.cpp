#include "reenact/mouth/linear_points.h"

#include <algorithm>

#include "reenact/core/error.h"

namespace reenact {

LinearPoints::LinearPoints(const FaceModel& model, Eigen::Index count)
    : mean_(Eigen::VectorXd::Zero(3 * count)),
      identity_(Eigen::MatrixXd::Zero(3 * count, model.identity_count())),
      expression_(Eigen::MatrixXd::Zero(3 * count, model.expression_count())) {}

void LinearPoints::add_vertex(const FaceModel& model, Eigen::Index vertex, double weight,
                              Eigen::Index point) {
  mean_.segment<3>(3 * point) += weight * model.mean.col(vertex).cast<double>();
  identity_.middleRows<3>(3 * point) += weight * model.identity.middleRows<3>(3 * vertex).cast<double>();
  expression_.middleRows<3>(3 * point) += weight * model.expression.middleRows<3>(3 * vertex).cast<double>();
}

LinearPoints LinearPoints::of_landmarks(const FaceModel& model, const std::vector<int>& landmarks) {
  const SurfacePoints& surface = model.landmarks468;
  if (surface.size() != landmark_count(LandmarkScheme::mesh468)) {
    throw ModelError("face model '" + model.name + "' has no dense landmarks; use the one that ships");
  }
  LinearPoints points(model, static_cast<Eigen::Index>(landmarks.size()));
  for (std::size_t i = 0; i < landmarks.size(); ++i) {
    const Eigen::Vector3i corners = model.triangles.col(surface.triangle[landmarks[i]]);
    for (int k = 0; k < 3; ++k) {
      const auto weight = static_cast<double>(surface.barycentric(k, landmarks[i]));
      points.add_vertex(model, corners[k], weight, static_cast<Eigen::Index>(i));
    }
  }
  return points;
}

LinearPoints LinearPoints::means_of(const FaceModel& model,
                                    const std::vector<std::vector<Eigen::Index>>& groups) {
  LinearPoints points(model, static_cast<Eigen::Index>(groups.size()));
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i].empty()) {
      throw ModelError("face model '" + model.name + "' lacks a part of the mouth; use the one that ships");
    }
    for (const Eigen::Index vertex : groups[i]) {
      points.add_vertex(model, vertex, 1.0 / static_cast<double>(groups[i].size()),
                        static_cast<Eigen::Index>(i));
    }
  }
  return points;
}

LinearPoints LinearPoints::at_rest() const {
  LinearPoints points = *this;
  points.expression_.setZero();
  return points;
}

Eigen::Matrix2Xd LinearPoints::project(const Eigen::VectorXd& identity, const Eigen::VectorXd& expression,
                                       const Pose& pose) const {
  const Eigen::Index k = std::min(identity.size(), identity_.cols());
  const Eigen::Index e = std::min(expression.size(), expression_.cols());
  const Eigen::VectorXd shape =
      mean_ + identity_.leftCols(k) * identity.head(k) + expression_.leftCols(e) * expression.head(e);
  const Eigen::Map<const Eigen::Matrix3Xd> points(shape.data(), 3, shape.size() / 3);
  Eigen::Matrix<double, 2, 3> camera = pose.rotation.toRotationMatrix().topRows<2>() * pose.scale;
  camera.row(1) *= -1;
  return (camera * points).colwise() + pose.translation;
}

}  // namespace reenact
