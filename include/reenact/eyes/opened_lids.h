#pragma once

#include "reenact/core/face_model.h"
#include "reenact/core/lid_gaps.h"
#include "reenact/core/openings.h"
#include "reenact/render/conditioning.h"

namespace reenact {

/// The face that windows are told of whose photo shows the eyes shut. In relative motion a fit of such a
/// photo leaves the lids shut in every frame, since they open by a share of nothing.
class OpenedLids {
 public:
  /// `photo` is the fit of the photo with `model`: what networks learn from, not a mesh that is laid on the
  /// photo, whose lids are shut even where no expression shuts them.
  OpenedLids(FaceModel model, FaceState photo);

  const FaceModel& model() const { return model_; }

  /// `state` with lids that are `lids` times as open as those of the person at rest, and in the photo's place
  /// at 0. The eyes look as far aside as they have turned since the photo, in which they are hidden.
  FaceState open(FaceState state, const LidRatios& lids) const;

  /// The face in such a state, 3×V.
  Eigen::Matrix3Xf shape(const FaceState& opened) const;

 private:
  FaceModel model_;
  OpeningGauge gauge_;
  FaceState photo_;
  Eigen::VectorXd eyes_;  ///< weights of the photo by which its lids are shut
  FaceOpenings shut_;
  FaceOpenings open_;
};

}  // namespace reenact
