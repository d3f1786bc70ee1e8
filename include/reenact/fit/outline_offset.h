#pragma once

#include <Eigen/Core>

#include "reenact/core/face_model.h"
#include "reenact/fit/face_fitter.h"

namespace reenact {

/// Places on the outline of a mesh in a photo, and how far the photo's outline lies from each: 2×N, pixels.
struct OutlineShifts {
  Eigen::Matrix2Xd places;
  Eigen::Matrix2Xd shifts;
};

/// Offsets in model coordinates, 3×V centimetres, that added to the model's mean bring the outline of the
/// fitted mesh onto the photo's. Across the view the vertices near a place go with it, those that are farther
/// inside less and less (kernel regression); eyes, lips and depths stay. Zero without places. The model must
/// have landmarks468.
Eigen::Matrix3Xf outline_offset(const FaceModel& model, const FaceFit& fit, const OutlineShifts& outline);

}  // namespace reenact
