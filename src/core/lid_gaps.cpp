#include "reenact/core/lid_gaps.h"

#include <algorithm>
#include <cstddef>

#include "reenact/core/smoothstep.h"

namespace reenact {
namespace {

constexpr double least_width_px = 1e-3;

/// A driver's eye that is nearly shut says nothing about how far it usually opens.
constexpr double least_usual_gap = 0.12;
/// Landmarks see lids apart long after they have met: in blinks of 12 drivers nothing but lashes shows up to
/// half of the usual gap, a quarter of the opening at 0.65 of it, half at 0.75, and 0.7 at 0.85. The opening
/// grows evenly from the first ratio, but for the further one, in which it stays behind.
constexpr double shut_ratio = 0.45;
constexpr double shut_fade = 0.2;

/// Mean distance of pairs of points over the distance of the corners.
template <std::size_t Pairs>
double relative_gap(const Eigen::Matrix2Xd& points, int outer, int inner,
                    const std::array<std::array<int, 2>, Pairs>& pairs) {
  double height = 0;
  for (const std::array<int, 2>& pair : pairs) height += (points.col(pair[0]) - points.col(pair[1])).norm();
  const double width = (points.col(outer) - points.col(inner)).norm();
  return std::min(height / static_cast<double>(Pairs) / std::max(width, least_width_px), greatest_lid_gap);
}

double mesh_gap(const Eigen::Matrix2Xd& points, const EyeMeshPoints& eye) {
  const std::array<std::array<int, 2>, 3> pairs = {
      {{eye.upper[3], eye.lower[3]}, {eye.upper[4], eye.lower[4]}, {eye.upper[5], eye.lower[5]}}};
  return relative_gap(points, eye.upper.front(), eye.upper.back(), pairs);
}

}  // namespace

double lid_opening(double gap, double usual_gap) {
  const double usual = std::max(usual_gap, least_usual_gap);
  const double ratio = gap / usual;
  if (ratio >= 1) return ratio;
  return std::max(ratio - shut_ratio, 0.0) / (1 - shut_ratio) * smoothstep((ratio - shut_ratio) / shut_fade);
}

LidGaps measure_lid_gaps(const Landmarks& landmarks) {
  const Eigen::Matrix2Xd& points = landmarks.points;
  if (landmarks.scheme == LandmarkScheme::dlib68) {
    return {relative_gap<2>(points, 36, 39, {{{37, 41}, {38, 40}}}),
            relative_gap<2>(points, 45, 42, {{{44, 46}, {43, 47}}})};
  }
  return {mesh_gap(points, eye_mesh_points[0]), mesh_gap(points, eye_mesh_points[1])};
}

}  // namespace reenact
