#pragma once

#include <array>
#include <vector>

#include "reenact/core/face_model.h"

namespace reenact {

/// One point of the surface: three vertices and their weights.
struct SurfacePoint {
  Eigen::Vector3i vertices = Eigen::Vector3i::Zero();
  Eigen::Vector3f weights = Eigen::Vector3f::UnitX();
};

/// The face model restricted to P surface points. Entry c of each array holds coordinate c (x, y, z)
/// of all points, so that a projected basis is a weighted sum of three contiguous rows.
struct LandmarkBasis {
  using RowMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  std::array<Eigen::VectorXf, 3> mean;  ///< P
  std::array<RowMatrix, 3> identity;    ///< P×K
  std::array<RowMatrix, 3> expression;  ///< P×E

  LandmarkBasis() = default;
  LandmarkBasis(const FaceModel& model, const std::vector<SurfacePoint>& points);

  /// Points in model coordinates, P×3.
  Eigen::MatrixX3f positions(const Eigen::VectorXd& identity_weights,
                             const Eigen::VectorXd& expression_weights) const;
};

}  // namespace reenact
