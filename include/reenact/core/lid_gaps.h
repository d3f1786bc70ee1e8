#pragma once

#include "reenact/core/landmark_indices.h"
#include "reenact/core/landmarks.h"

namespace reenact {

/// Mean height of the opening between the lids over the width of the eye, as landmarks show them. Shut lids
/// measure a little above 0.
struct LidGaps {
  double right_eye = 0;  ///< the subject's right
  double left_eye = 0;
};

/// Openings of the eyes over those in the photo.
struct LidRatios {
  double right_eye = 1;  ///< the subject's right
  double left_eye = 1;
};

/// No gap is larger: a contour that is taller than this is none.
inline constexpr double greatest_lid_gap = 10.0;

/// Gaps in a picture. The fit of a face model shuts lids less far than these do: its expressions share the
/// lids with brows and cheeks.
LidGaps measure_lid_gaps(const Landmarks& landmarks);

/// Share of an eye's usual opening that a measured gap stands for, bent so that shut lids, which measure more
/// than 0, count as shut. `usual_gap` is that of the same eye when it is open.
double lid_opening(double gap, double usual_gap);

}  // namespace reenact
