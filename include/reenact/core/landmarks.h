#pragma once

#include <Eigen/Core>

namespace reenact {

/// Which set of facial points a detector returns.
enum class LandmarkScheme {
  dlib68,   ///< iBUG 300-W order, 68 points, contour points lie on the silhouette
  mesh468,  ///< MediaPipe face mesh order, 468 points fixed to the surface
};

/// Number of points of a scheme (iris points not counted).
constexpr int landmark_count(LandmarkScheme scheme) { return scheme == LandmarkScheme::dlib68 ? 68 : 468; }

/// Facial points of one face in one image.
///
/// Pixels everywhere in this project: 0-based, a pixel's centre lies at integer
/// coordinates, x to the right, y down (the convention of OpenCV and dlib).
struct Landmarks {
  LandmarkScheme scheme = LandmarkScheme::mesh468;
  /// 2×N pixel positions, N = landmark_count(scheme).
  Eigen::Matrix2Xd points;
  /// 2×10 iris points, or 2×0 when the scheme gives none. Columns 0–4 belong to the
  /// subject's right eye (left in the image), 5–9 to the left; of each five the first is
  /// the pupil centre and the others lie on the iris edge.
  Eigen::Matrix2Xd iris;
  /// Standard deviation of the eyes' contours between several looks, over the eye's width: the subject's
  /// right and left. 0 where they were looked at once.
  Eigen::Vector2d eye_spread = Eigen::Vector2d::Zero();
  /// The detector's own probability that this is a face, in [0,1].
  double score = 1.0;
};

/// Distance between the outer eye corners in pixels: the unit of all landmark errors.
double interocular_distance(const Landmarks& landmarks);

}  // namespace reenact
