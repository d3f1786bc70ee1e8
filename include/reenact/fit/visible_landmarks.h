#pragma once

#include <Eigen/Core>
#include <memory>

#include "reenact/core/face_model.h"
#include "reenact/core/pose.h"

namespace reenact {

/// The 68 landmarks of a face as a detector sees them: those of the jaw lie on the silhouette, which a turned
/// head shows nearer to the nose ("landmark marching", Zhu et al., CVPR 2015), the others on the surface.
class VisibleLandmarks {
 public:
  explicit VisibleLandmarks(const FaceModel& model);
  ~VisibleLandmarks();
  VisibleLandmarks(VisibleLandmarks&&) noexcept;
  VisibleLandmarks& operator=(VisibleLandmarks&&) noexcept;

  /// 2×68 in pixels, iBUG order. `vertices` are 3×V, the model's as project() gives them for `pose`.
  Eigen::Matrix2Xd find(const Eigen::Matrix3Xf& vertices, const Pose& pose) const;

 private:
  struct Impl;
  std::unique_ptr<const Impl> impl_;
};

}  // namespace reenact
