#include "reenact/core/landmarks.h"

namespace reenact {

double interocular_distance(const Landmarks& landmarks) {
  const bool dense = landmarks.scheme == LandmarkScheme::mesh468;
  const Eigen::Index right = dense ? 33 : 36;
  const Eigen::Index left = dense ? 263 : 45;
  return (landmarks.points.col(right) - landmarks.points.col(left)).norm();
}

}  // namespace reenact
