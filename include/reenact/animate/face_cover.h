#pragma once

#include <vector>

#include "reenact/core/face_model.h"
#include "reenact/render/conditioning.h"

namespace reenact {

/// Where the moved mesh alone says that a face is, for GeneratedFrame::face. The mesh's outline is exact on
/// the face, but not that of the skull, which hair hides: above the ears only the front counts, below them
/// jaw and neck do, down to their sides.
class FaceCover {
 public:
  explicit FaceCover(const FaceModel& model);

  /// A plane of the size of `maps`, which are of the same model, in [0, 1].
  std::vector<float> plane(const ConditioningMaps& maps) const;

 private:
  /// One of the model's axes in cm, which the maps give from 0 to 1.
  struct Axis {
    Axis(const FaceModel& model, int axis);
    float at(float neutral_coordinate) const { return from + neutral_coordinate * (to - from); }
    float from;
    float to;
  };
  Axis height_;
  Axis depth_;
  float ear_height_;  ///< y in the middle of the ears of the mean face, in cm
};

}  // namespace reenact
