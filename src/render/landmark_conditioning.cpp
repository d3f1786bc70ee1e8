#include "reenact/render/landmark_conditioning.h"

#include "reenact/core/error.h"

namespace reenact {

CropSquare landmark_square(const Eigen::Matrix2Xd& landmarks) {
  const Eigen::Vector2d low = landmarks.rowwise().minCoeff();
  const Eigen::Vector2d high = landmarks.rowwise().maxCoeff();
  const double size = (high - low).maxCoeff();
  if (!landmarks.allFinite() || !(size > 0)) {
    throw InputError("the landmarks of a face are not finite or lie in one place; fit the face again");
  }
  const Eigen::Vector2d middle = 0.5 * (low + high) - Eigen::Vector2d(0, size / 6);
  return {middle.x() - size, middle.y() - size, 2 * size};
}

LandmarkPoints landmarks_in_square(const Eigen::Matrix2Xd& landmarks, const CropSquare& square) {
  const Eigen::Vector2d corner(square.left, square.top);
  return (((landmarks.colwise() - corner) * (2 / square.side)).array() - 1).matrix().cast<float>();
}

}  // namespace reenact
