#include "fit/landmark_basis.h"

namespace reenact {

LandmarkBasis::LandmarkBasis(const FaceModel& model, const std::vector<SurfacePoint>& points) {
  const auto count = static_cast<Eigen::Index>(points.size());
  for (int axis = 0; axis < 3; ++axis) {
    const auto c = static_cast<std::size_t>(axis);
    mean[c] = Eigen::VectorXf::Zero(count);
    identity[c] = RowMatrix::Zero(count, model.identity_count());
    expression[c] = RowMatrix::Zero(count, model.expression_count());
    for (Eigen::Index p = 0; p < count; ++p) {
      const SurfacePoint& point = points[static_cast<std::size_t>(p)];
      for (int corner = 0; corner < 3; ++corner) {
        const float weight = point.weights[corner];
        const Eigen::Index vertex = point.vertices[corner];
        mean[c][p] += weight * model.mean(axis, vertex);
        identity[c].row(p) += weight * model.identity.row(3 * vertex + axis);
        expression[c].row(p) += weight * model.expression.row(3 * vertex + axis);
      }
    }
  }
}

Eigen::MatrixX3f LandmarkBasis::positions(const Eigen::VectorXd& identity_weights,
                                          const Eigen::VectorXd& expression_weights) const {
  const Eigen::VectorXf alpha = identity_weights.cast<float>();
  const Eigen::VectorXf beta = expression_weights.cast<float>();
  Eigen::MatrixX3f points(mean[0].size(), 3);
  for (std::size_t c = 0; c < 3; ++c) {
    auto column = points.col(static_cast<Eigen::Index>(c));
    column = mean[c];
    column.noalias() += identity[c] * alpha;
    column.noalias() += expression[c] * beta;
  }
  return points;
}

}  // namespace reenact
