#include "reenact/core/landmarks.h"

#include "reenact/core/landmark_indices.h"

namespace reenact {

double interocular_distance(const Landmarks& landmarks) {
  const bool dense = landmarks.scheme == LandmarkScheme::mesh468;
  const Eigen::Index right = dense ? mesh468::right_eye_outer : ibug68::right_eye_outer;
  const Eigen::Index left = dense ? mesh468::left_eye_outer : ibug68::left_eye_outer;
  return (landmarks.points.col(right) - landmarks.points.col(left)).norm();
}

}  // namespace reenact
