#pragma once

#include <Eigen/Core>
#include <vector>

#include "reenact/core/face_model.h"
#include "reenact/core/pose.h"

namespace reenact {

/// A few points of the face model, kept as rows of its bases so that posing them costs little. Gaze does not
/// move them.
class LinearPoints {
 public:
  /// Points of the scheme mesh468 by their numbers. Throws ModelError when the model has none.
  static LinearPoints of_landmarks(const FaceModel& model, const std::vector<int>& landmarks);

  /// A point for each of `groups`, the mean of its vertices. Throws ModelError when one is empty.
  static LinearPoints means_of(const FaceModel& model, const std::vector<std::vector<Eigen::Index>>& groups);

  /// The same points without what expressions do to them.
  LinearPoints at_rest() const;

  /// 2×N pixels. Missing trailing coefficients count as zero.
  Eigen::Matrix2Xd project(const Eigen::VectorXd& identity, const Eigen::VectorXd& expression,
                           const Pose& pose) const;

 private:
  LinearPoints(const FaceModel& model, Eigen::Index count);
  void add_vertex(const FaceModel& model, Eigen::Index vertex, double weight, Eigen::Index point);

  Eigen::VectorXd mean_;        ///< 3N, rows x0 y0 z0 x1 …
  Eigen::MatrixXd identity_;    ///< 3N×K
  Eigen::MatrixXd expression_;  ///< 3N×E
};

}  // namespace reenact
