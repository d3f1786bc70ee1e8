#include "animate/surface_continuation.h"

#include <Eigen/SparseCholesky>
#include <Eigen/SparseCore>
#include <algorithm>

namespace reenact {
namespace {

constexpr float least_length_cm = 1e-3F;
// Against the pull of an edge of 1 cm:
constexpr double pull_to_mirror = 0.05;
constexpr double pull_to_zero = 1e-6;  // which makes every piece solvable

}  // namespace

bool is_skin(const FaceModel& model, Eigen::Index vertex) {
  const Region region = model.region[static_cast<std::size_t>(vertex)];
  return region == Region::face || region == Region::head;
}

Eigen::MatrixXf continue_over_skin(const FaceModel& model, const Eigen::Matrix3Xf& shape,
                                   const std::vector<bool>& known, const Eigen::MatrixXf& values) {
  std::vector<int> unknown(known.size(), -1);
  int unknowns = 0;
  for (std::size_t v = 0; v < known.size(); ++v) {
    if (!known[v] && is_skin(model, static_cast<Eigen::Index>(v))) unknown[v] = unknowns++;
  }
  Eigen::MatrixXf continued = values;
  if (unknowns == 0) return continued;

  std::vector<Eigen::Triplet<double>> entries;
  Eigen::MatrixXd right = Eigen::MatrixXd::Zero(unknowns, values.rows());
  const auto pull = [&](Eigen::Index vertex, Eigen::Index neighbour) {
    const int row = unknown[static_cast<std::size_t>(vertex)];
    if (row < 0 || !is_skin(model, neighbour)) return;
    const double weight = 1.0 / std::max((shape.col(vertex) - shape.col(neighbour)).norm(), least_length_cm);
    entries.emplace_back(row, row, weight);
    const int column = unknown[static_cast<std::size_t>(neighbour)];
    if (column >= 0) {
      entries.emplace_back(row, column, -weight);
    } else {
      right.row(row) += weight * values.col(neighbour).cast<double>().transpose();
    }
  };
  for (Eigen::Index t = 0; t < model.triangles.cols(); ++t) {
    for (int i = 0; i < 3; ++i) {
      pull(model.triangles(i, t), model.triangles((i + 1) % 3, t));
      pull(model.triangles((i + 1) % 3, t), model.triangles(i, t));
    }
  }
  for (std::size_t v = 0; v < known.size(); ++v) {
    const int row = unknown[v];
    if (row < 0) continue;
    entries.emplace_back(row, row, pull_to_zero);
    const Eigen::Index mirror = model.mirror[static_cast<Eigen::Index>(v)];
    if (!known[static_cast<std::size_t>(mirror)]) continue;
    entries.emplace_back(row, row, pull_to_mirror);
    right.row(row) += pull_to_mirror * values.col(mirror).cast<double>().transpose();
  }
  Eigen::SparseMatrix<double> laplacian(unknowns, unknowns);
  laplacian.setFromTriplets(entries.begin(), entries.end());
  const Eigen::SimplicialLDLT<Eigen::SparseMatrix<double>> solver(laplacian);
  const Eigen::MatrixXd solved = solver.solve(right);
  for (std::size_t v = 0; v < known.size(); ++v) {
    if (unknown[v] < 0) continue;
    continued.col(static_cast<Eigen::Index>(v)) = solved.row(unknown[v]).transpose().cast<float>();
  }
  return continued;
}

}  // namespace reenact
