#include "reenact/mouth/upper_teeth.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>

namespace reenact {
namespace {

constexpr float still_cm = 0.05F;
constexpr float crown_cm = 0.7F;  ///< above its edge, where neighbours touch
constexpr float edge_cm = 0.12F;

using Tooth = std::vector<Eigen::Index>;

/// Parts that triangles connect, from the subject's right to the left.
std::vector<Tooth> connected_parts(const FaceModel& model, const std::vector<Eigen::Index>& vertices) {
  constexpr Eigen::Index none = -1;
  std::vector<Eigen::Index> parent(static_cast<std::size_t>(model.vertex_count()), none);
  const auto at = [&](Eigen::Index v) -> Eigen::Index& { return parent[static_cast<std::size_t>(v)]; };
  for (const Eigen::Index v : vertices) at(v) = v;
  const auto root = [&](Eigen::Index v) {
    while (at(v) != v) v = at(v) = at(at(v));
    return v;
  };
  for (const auto& corners : model.triangles.colwise()) {
    if (at(corners[0]) == none || at(corners[1]) == none || at(corners[2]) == none) continue;
    at(root(corners[1])) = root(corners[0]);
    at(root(corners[2])) = root(corners[0]);
  }
  std::map<Eigen::Index, Tooth> by_root;
  for (const Eigen::Index v : vertices) by_root[root(v)].push_back(v);
  std::vector<std::pair<float, Tooth>> placed;
  placed.reserve(by_root.size());
  for (const auto& [_, tooth] : by_root) {
    const float sum = std::accumulate(tooth.begin(), tooth.end(), 0.0F,
                                      [&](float x, Eigen::Index v) { return x + model.mean(0, v); });
    placed.emplace_back(sum / static_cast<float>(tooth.size()), tooth);
  }
  std::sort(placed.begin(), placed.end());
  std::vector<Tooth> parts;
  parts.reserve(placed.size());
  for (auto& [_, tooth] : placed) parts.push_back(std::move(tooth));
  return parts;
}

/// Vertices up to `height_cm` above its lowest.
Tooth near_edge(const FaceModel& model, const Tooth& tooth, float height_cm) {
  float lowest = model.mean(1, tooth.front());
  for (const Eigen::Index v : tooth) lowest = std::min(lowest, model.mean(1, v));
  Tooth near;
  std::copy_if(tooth.begin(), tooth.end(), std::back_inserter(near),
               [&](Eigen::Index v) { return model.mean(1, v) <= lowest + height_cm; });
  return near;
}

struct Pairs {
  std::array<Eigen::Index, 2> nearest;
  std::array<Eigen::Index, 2> farthest;
};

/// Of a vertex of each crown.
Pairs pairs_of(const FaceModel& model, const Tooth& a, const Tooth& b) {
  const Tooth crown_a = near_edge(model, a, crown_cm);
  const Tooth crown_b = near_edge(model, b, crown_cm);
  const auto distance = [&](const std::array<Eigen::Index, 2>& pair) {
    return (model.mean.col(pair[0]) - model.mean.col(pair[1])).norm();
  };
  Pairs pairs{{crown_a.front(), crown_b.front()}, {crown_a.front(), crown_b.front()}};
  for (const Eigen::Index v : crown_a) {
    for (const Eigen::Index w : crown_b) {
      if (distance({v, w}) < distance(pairs.nearest)) pairs.nearest = {v, w};
      if (distance({v, w}) > distance(pairs.farthest)) pairs.farthest = {v, w};
    }
  }
  return pairs;
}

}  // namespace

void ToothRow::lower(double by_cm) {
  bounds.colwise() += by_cm * down;
  edges.colwise() += by_cm * down;
  lowered_cm += by_cm;
}

std::vector<Eigen::Index> upper_teeth_vertices(const FaceModel& model) {
  const std::optional<Eigen::Index> jaw = model.find_expression("jawOpen");
  std::vector<Eigen::Index> vertices;
  for (Eigen::Index v = 0; v < model.vertex_count() && jaw; ++v) {
    const bool is_still = model.expression.block<3, 1>(3 * v, *jaw).cwiseAbs().maxCoeff() < still_cm;
    if (model.region[static_cast<std::size_t>(v)] == Region::teeth && is_still) vertices.push_back(v);
  }
  return vertices;
}

std::optional<UpperTeeth> UpperTeeth::of(const FaceModel& model) {
  const std::vector<Tooth> all = connected_parts(model, upper_teeth_vertices(model));
  if (all.size() < count) return std::nullopt;
  const auto first = all.begin() + static_cast<std::ptrdiff_t>((all.size() - count) / 2);
  const std::vector<Tooth> teeth(first, first + count);
  std::vector<Tooth> bounds;
  std::vector<Tooth> edges;
  edges.reserve(teeth.size());
  for (std::size_t i = 0; i + 1 < teeth.size(); ++i) {
    const Pairs pairs = pairs_of(model, teeth[i], teeth[i + 1]);
    if (i == 0) bounds.push_back({pairs.farthest[0]});
    bounds.emplace_back(pairs.nearest.begin(), pairs.nearest.end());
    if (i + 2 == teeth.size()) bounds.push_back({pairs.farthest[1]});
  }
  for (const Tooth& tooth : teeth) edges.push_back(near_edge(model, tooth, edge_cm));
  return UpperTeeth(LinearPoints::means_of(model, bounds).at_rest(),
                    LinearPoints::means_of(model, edges).at_rest());
}

ToothRow UpperTeeth::project(const Eigen::VectorXd& identity, const Pose& pose) const {
  ToothRow row;
  row.bounds = bounds_.project(identity, {}, pose);
  row.edges = edges_.project(identity, {}, pose);
  const Eigen::Vector3d down = pose.rotation * -Eigen::Vector3d::UnitY();
  row.down = pose.scale * Eigen::Vector2d(down.x(), -down.y());
  return row;
}

}  // namespace reenact
