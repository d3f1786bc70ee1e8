#pragma once

#include <Eigen/Core>

#include "reenact/core/face_model.h"
#include "reenact/core/landmarks.h"
#include "reenact/fit/face_fitter.h"

namespace reenact {

/// Offsets in model coordinates, 3×V centimetres, that added to the model's mean put the fitted mesh onto the
/// landmarks of the photo: a fit by few modes misses them by one or two percent of the eye distance. Across
/// the view a smoothing thin-plate spline (Wahba, 1990) carries the landmarks' residuals to all vertices,
/// stiff where landmarks are vague and fading beyond the face; depths stay. Each eyeball is shifted as a
/// whole, so that its iris lies on the photo's. `landmarks` are mesh468 points; without iris points the
/// eyeballs stay. Throws InputError for other landmarks.
Eigen::Matrix3Xf photo_offset(const FaceModel& model, const FaceFit& fit, const Landmarks& landmarks);

}  // namespace reenact
