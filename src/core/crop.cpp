#include "reenact/core/crop.h"

#include <Eigen/Geometry>

#include "reenact/core/error.h"

namespace reenact {
namespace {

constexpr double crop_over_head_height = 1.6;

}  // namespace

CropSquare head_crop(const FaceModel& model, const Eigen::VectorXd& identity, const Pose& pose) {
  const Eigen::Matrix3Xf vertices = project(pose, shape_face(model, identity, Eigen::VectorXd(), Gaze()));
  Eigen::AlignedBox2f head;
  for (Eigen::Index i = 0; i < vertices.cols(); ++i) {
    if (model.head_weight(i) >= 1.0F) head.extend(vertices.col(i).head<2>());
  }
  if (head.isEmpty()) throw ModelError("face model '" + model.name + "' has no vertex with head weight 1");
  const double side = crop_over_head_height * static_cast<double>(head.sizes().maxCoeff());
  const Eigen::Vector2d corner = head.center().cast<double>() - Eigen::Vector2d::Constant(side / 2);
  return {corner.x(), corner.y(), side};
}

Pose pose_in_crop(const Pose& pose_in_image, const CropSquare& crop, double size) {
  Pose pose = pose_in_image;
  pose.scale *= size / crop.side;
  pose.translation = crop.crop_from_image(pose_in_image.translation, size);
  return pose;
}

}  // namespace reenact
