#pragma once

#include "fit/landmark_basis.h"
#include "reenact/core/landmarks.h"
#include "reenact/core/pose.h"

namespace reenact {

/// Turns iris points into eyeball rotations.
class GazeEstimator {
 public:
  explicit GazeEstimator(const FaceModel& model);

  /// Gaze of a face whose pose, identity and expression were fitted. The pupil's place is measured from
  /// the middle of the eye's corners, in the picture as on the model, so that small errors of the fit
  /// cancel. Each eye counts by how open it is and how much it faces the viewer; the two are drawn
  /// together. While both are nearly shut, the gaze leaves `previous` only as far as the one that shows more
  /// can be seen; not at all without iris points. Without a `previous` gaze any that can be seen counts, and
  /// straight ahead otherwise.
  /// `landmarks` must be of LandmarkScheme::mesh468.
  Gaze estimate(const Landmarks& landmarks, const Pose& pose, const Eigen::VectorXd& identity,
                const Eigen::VectorXd& expression, const Gaze* previous) const;

 private:
  LandmarkBasis basis_;  ///< outer corner, inner corner, eyeball centre; right eye, then left eye
  Eigen::Vector2d radius_cm_;
};

}  // namespace reenact
