#include "fit/contour_lines.h"

#include <Eigen/LU>
#include <algorithm>
#include <limits>
#include <optional>

#include "reenact/core/landmark_indices.h"

namespace reenact {
namespace {

constexpr int samples = 12;
/// A line covers this share of the distance to the middle of the face, but at least the given length.
constexpr double inward_share = 0.5;
constexpr double shortest_line_cm = 0.6;

bool is_skin(const FaceModel& model, const Eigen::Vector3i& corners) {
  return std::all_of(corners.begin(), corners.end(), [&](int vertex) {
    const Region region = model.region[static_cast<std::size_t>(vertex)];
    return region == Region::face || region == Region::head;
  });
}

/// The skin in front at (x, y) of the mean face; none where there is no skin.
std::optional<SurfacePoint> frontmost_skin(const FaceModel& model, const Eigen::Vector2d& xy) {
  std::optional<SurfacePoint> found;
  float nearest = -std::numeric_limits<float>::infinity();
  for (Eigen::Index t = 0; t < model.triangles.cols(); ++t) {
    const Eigen::Vector3i corners = model.triangles.col(t);
    Eigen::Matrix3f vertices;
    for (int corner = 0; corner < 3; ++corner) vertices.col(corner) = model.mean.col(corners[corner]);
    const Eigen::Array2f low = vertices.topRows<2>().rowwise().minCoeff();
    const Eigen::Array2f high = vertices.topRows<2>().rowwise().maxCoeff();
    const Eigen::Vector2f at = xy.cast<float>();
    if ((at.array() < low).any() || (at.array() > high).any() || !is_skin(model, corners)) continue;
    Eigen::Matrix3f homogeneous = vertices;
    homogeneous.row(2).setOnes();
    Eigen::Matrix3f inverse;
    bool invertible = false;
    homogeneous.computeInverseWithCheck(inverse, invertible);
    if (!invertible) continue;
    const Eigen::Vector3f weights = inverse * Eigen::Vector3f(at.x(), at.y(), 1.0F);
    if (weights.minCoeff() < 0) continue;
    const float depth = vertices.row(2) * weights;
    if (depth <= nearest) continue;
    nearest = depth;
    found = SurfacePoint{corners, weights};
  }
  return found;
}

}  // namespace

std::vector<ContourLine> contour_lines(const FaceModel& model) {
  const auto contour_xy = [&](int i) -> Eigen::Vector2d {
    const int vertex = model.landmarks68[std::clamp(i, 0, ibug68::contour_count - 1)];
    return model.mean.col(vertex).head<2>().cast<double>();
  };
  std::vector<ContourLine> lines;
  for (int i = 0; i < ibug68::contour_count; ++i) {
    const Eigen::Vector2d tangent = (contour_xy(i + 1) - contour_xy(i - 1)).normalized();
    ContourLine line;
    line.outward = Eigen::Vector2d(tangent.y(), -tangent.x());
    const int vertex = model.landmarks68[i];
    line.points.push_back({Eigen::Vector3i::Constant(vertex), Eigen::Vector3f::UnitX()});
    const double length = std::max(shortest_line_cm, inward_share * std::abs(contour_xy(i).x()));
    for (int s = 1; s <= samples; ++s) {
      const Eigen::Vector2d xy = contour_xy(i) - (length * s / samples) * line.outward;
      if (const auto point = frontmost_skin(model, xy)) line.points.push_back(*point);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace reenact
