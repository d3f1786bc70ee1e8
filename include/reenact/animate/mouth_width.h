#pragma once

#include <Eigen/Core>

#include "reenact/core/face_model.h"

namespace reenact {

/// How narrow the mouth of a moved photo may get. In relative motion what the driver's mouth does is added to
/// what the photo's does: a small mouth that takes over how a wide one is pursed would be crushed. So it gets
/// hardly narrower than the photo's and the driver's both are.
class MouthWidth {
 public:
  /// `source` are the expression weights of the photo.
  MouthWidth(const FaceModel& model, const Eigen::VectorXd& source);

  /// The weights `moved` with as much less of what changed about mouth, cheeks and nose since the photo, the
  /// jaw and the closing of the lips apart, as that takes. `driver` are the driver's own weights.
  Eigen::VectorXd held(const Eigen::VectorXd& moved, const Eigen::VectorXd& driver) const;

 private:
  Eigen::VectorXd source_;
  Eigen::VectorXd widening_;  ///< cm from corner to corner that an expression of weight 1 adds
  Eigen::VectorXd parts_;     ///< 1 for the expressions that give way, 0 for others
  double resting_cm_ = 0;     ///< from corner to corner
};

}  // namespace reenact
