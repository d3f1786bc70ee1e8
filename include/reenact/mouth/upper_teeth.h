#pragma once

#include <Eigen/Core>
#include <optional>
#include <vector>

#include "reenact/core/face_model.h"
#include "reenact/core/pose.h"
#include "reenact/mouth/linear_points.h"

namespace reenact {

/// Where a row of upper teeth lies in a picture, from the subject's right to the left.
struct ToothRow {
  Eigen::Matrix2Xd bounds;  ///< 2×(T+1) pixels: where neighbours touch, and the row's ends
  Eigen::Matrix2Xd edges;   ///< 2×T pixels: the lower edges in their middles
  Eigen::Vector2d down = Eigen::Vector2d::Zero();  ///< pixels for a centimetre towards the chin
  double lowered_cm = 0;                           ///< from where the skull has them
  double share = 0;                                ///< in [0,1]: how far it is shown

  /// The lower edge between the two in the middle.
  Eigen::Vector2d middle() const {
    return (edges.col(edges.cols() / 2 - 1) + edges.col(edges.cols() / 2)) / 2;
  }
  /// Moves it in the head, towards the chin.
  void lower(double by_cm);
};

/// Vertices of the teeth that the jaw does not move; none for a model without teeth or jawOpen.
std::vector<Eigen::Index> upper_teeth_vertices(const FaceModel& model);

/// The front teeth of the upper jaw in the face model.
class UpperTeeth {
 public:
  static constexpr int count = 10;

  /// Nothing for a model that has not so many, each of connected triangles.
  static std::optional<UpperTeeth> of(const FaceModel& model);

  /// In the pixels of `pose`, not lowered.
  ToothRow project(const Eigen::VectorXd& identity, const Pose& pose) const;

 private:
  UpperTeeth(LinearPoints bounds, LinearPoints edges)
      : bounds_(std::move(bounds)), edges_(std::move(edges)) {}

  LinearPoints bounds_;
  LinearPoints edges_;
};

}  // namespace reenact
