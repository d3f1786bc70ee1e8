#include "reenact/core/lid_gaps.h"

#include <algorithm>
#include <cstddef>

#include "reenact/core/smoothstep.h"

namespace reenact {
namespace {

constexpr double least_width_px = 1e-3;

/// A driver's eye that is nearly shut says nothing about how far it usually opens.
constexpr double least_usual_gap = 0.12;
/// Shut lids measure this gap or less; over the usual one it is the ratio at which lids are shut, within
/// bounds. From there the opening grows evenly to the usual one, but for the further ratio, in which it stays
/// behind.
constexpr double shut_gap = 0.075;
constexpr double least_shut_ratio = 0.22;
constexpr double greatest_shut_ratio = 0.5;
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
  const double shut = std::clamp(shut_gap / usual, least_shut_ratio, greatest_shut_ratio);
  const double ratio = gap / usual;
  if (ratio >= 1) return ratio;
  return std::max(ratio - shut, 0.0) / (1 - shut) * smoothstep((ratio - shut) / shut_fade);
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
