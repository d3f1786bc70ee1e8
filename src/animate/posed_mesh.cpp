#include "animate/posed_mesh.h"

namespace reenact {

Eigen::Matrix3Xf posed_mesh(const SourceAvatar& avatar, const FaceState& state_in_photo) {
  const FaceModel& model = avatar.model();
  const FaceState state = avatar.state_in_canvas(state_in_photo);
  const Eigen::Matrix3Xf shape = shape_face(model, state.identity, state.expression, state.gaze);
  const Eigen::Matrix3Xf head = project(state.pose, shape);
  const Eigen::Matrix3Xf torso = project(avatar.state_in_canvas(avatar.state_in_photo()).pose, shape);
  const Eigen::Vector3f middle(0.5F * static_cast<float>(avatar.canvas().cols - 1),
                               0.5F * static_cast<float>(avatar.canvas().rows - 1), 0.0F);
  const auto cm_per_pixel = static_cast<float>(1 / avatar.head().pixels_per_cm);
  Eigen::Matrix3Xf mesh(3, shape.cols());
  for (Eigen::Index i = 0; i < mesh.cols(); ++i) {
    const float weight = model.head_weight[i];
    const Eigen::Vector3f place =
        (weight * head.col(i) + (1 - weight) * torso.col(i) - middle) * cm_per_pixel;
    mesh.col(i) << place.x(), -place.y(), place.z();
  }
  return mesh;
}

}  // namespace reenact
