#include "reenact/core/crop.h"

namespace reenact {

Pose pose_in_crop(const Pose& pose_in_image, const CropSquare& crop, double size) {
  Pose pose = pose_in_image;
  pose.scale *= size / crop.side;
  pose.translation = crop.crop_from_image(pose_in_image.translation, size);
  return pose;
}

}  // namespace reenact
