#pragma once

#include <memory>
#include <vector>

#include "reenact/core/face_model.h"
#include "reenact/core/motion.h"
#include "reenact/detail/pose_shading.h"
#include "reenact/render/conditioning.h"

namespace reenact {

/// Carries the folds of a driver's skin over to a photo, frame after frame: says by how much each pixel of
/// the photo gets lighter or darker, from the driver's shading in a frame less that in its reference frame,
/// which is how the photo looks, but for what goes with the turn of the head.
///
/// Small ratios are noise and count less, the more the shading flickers (soft threshold); large ones are
/// limited, light ones more than dark ones, because folds are dark and what is bright is a highlight that
/// wanders. The effect follows the driver with a delay of some 60 ms, and fades out where the driver's skin
/// is not seen, towards the face's border, where the photo's face is seen from the side, where the
/// driver is small in its picture, and where the
/// driver's head turns away from the reference, because light from the side then looks like folds.
class DetailRenderer {
 public:
  /// `model` must outlive the renderer; `pose_shading` is learned against `reference`. `strength` in [0, 1];
  /// 1 is as strong as in the driver. Throws ModelError when the model has no mesh468 landmarks, InputError
  /// when the shading of `reference` cannot be decoded.
  DetailRenderer(const FaceModel& model, const MotionFrame& reference, PoseShading pose_shading,
                 double strength);
  ~DetailRenderer();

  /// The photo's light in a frame of the network's size: a plane of size², relative change of the luma, 0 for
  /// none. `maps` are those of the frame; `time_s` grows from call to call. Valid until the next call. Throws
  /// InputError when the frame's shading cannot be decoded.
  const std::vector<float>& light(const MotionFrame& frame, double time_s, const ConditioningMaps& maps);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace reenact
