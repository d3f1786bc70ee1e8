#pragma once

#include <vector>

#include "fit/landmark_basis.h"

namespace reenact {

/// Where one contour landmark (iBUG 0–16) may lie on the surface. A turned head shows its silhouette
/// nearer to the nose on the far side, so the landmark slides inwards along a line of the surface
/// ("landmark marching", Zhu et al., CVPR 2015).
struct ContourLine {
  Eigen::Vector2d outward;           ///< unit normal of the contour in the model's x–y plane
  std::vector<SurfacePoint> points;  ///< from the landmark's own vertex inwards
};

/// The lines of the 17 contour landmarks on the mean face.
std::vector<ContourLine> contour_lines(const FaceModel& model);

}  // namespace reenact
