#pragma once

#include "reenact/core/face_model.h"
#include "reenact/core/pose.h"

namespace reenact {

/// Axis-aligned square of an image that the network sees, in image pixels.
/// It is fixed once per source and never rotated. It may reach beyond the image.
struct CropSquare {
  double left = 0;  ///< x of the left edge; the edge of the image itself is at −0.5
  double top = 0;
  double side = 1;

  /// Image position of position (u, v) in a resampled square of `size` pixels.
  Eigen::Vector2d image_from_crop(const Eigen::Vector2d& point_in_crop, double size) const {
    return Eigen::Vector2d(left, top) + (point_in_crop.array() + 0.5).matrix() * (side / size);
  }
  Eigen::Vector2d crop_from_image(const Eigen::Vector2d& point_in_image, double size) const {
    return (((point_in_image - Eigen::Vector2d(left, top)) * (size / side)).array() - 0.5).matrix();
  }
};

/// Square around head, hair and neck in the pixels of `pose`: 1.6 times the head's height, so that the head
/// can move without touching the border. Throws ModelError when no vertex of the model moves with the head.
CropSquare head_crop(const FaceModel& model, const Eigen::VectorXd& identity, const Pose& pose);

/// The same camera seen in the pixels of the resampled crop.
Pose pose_in_crop(const Pose& pose_in_image, const CropSquare& crop, double size);

}  // namespace reenact
