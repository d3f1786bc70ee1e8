#pragma once

#include <array>

#include "reenact/core/landmarks.h"

namespace reenact {

/// Face-mesh points of one eye's contour, each edge from the outer to the inner corner; both hold the
/// corners.
struct EyeMeshPoints {
  std::array<int, 9> upper;
  std::array<int, 9> lower;
};

/// The subject's right eye, then the left.
inline constexpr std::array<EyeMeshPoints, 2> eye_mesh_points = {{
    {{33, 246, 161, 160, 159, 158, 157, 173, 133}, {33, 7, 163, 144, 145, 153, 154, 155, 133}},
    {{263, 466, 388, 387, 386, 385, 384, 398, 362}, {263, 249, 390, 373, 374, 380, 381, 382, 362}},
}};

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

}  // namespace reenact
