#include "fit/box_qp.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <vector>

namespace reenact {
namespace {

constexpr int max_steps = 100;
constexpr double sufficient_decrease = 0.1;
constexpr double smallest_step = 1e-10;

}  // namespace

Eigen::VectorXd solve_box_qp(const Eigen::MatrixXd& hessian, const Eigen::VectorXd& gradient,
                             const Eigen::VectorXd& lower, const Eigen::VectorXd& upper) {
  const Eigen::Index size = gradient.size();
  const auto clamp = [&](const Eigen::VectorXd& x) -> Eigen::VectorXd {
    return x.cwiseMax(lower).cwiseMin(upper);
  };
  const double tolerance = 1e-12 * (1.0 + gradient.lpNorm<Eigen::Infinity>());

  Eigen::VectorXd x = clamp(Eigen::VectorXd::Zero(size));
  for (int step = 0; step < max_steps; ++step) {
    const Eigen::VectorXd slope = hessian * x + gradient;
    std::vector<Eigen::Index> free;
    double largest_free_slope = 0;
    for (Eigen::Index i = 0; i < size; ++i) {
      if ((x[i] <= lower[i] && slope[i] > 0) || (x[i] >= upper[i] && slope[i] < 0)) continue;
      free.push_back(i);
      largest_free_slope = std::max(largest_free_slope, std::abs(slope[i]));
    }
    if (largest_free_slope <= tolerance) break;

    const Eigen::MatrixXd free_hessian = hessian(free, free);
    Eigen::VectorXd newton = Eigen::VectorXd::Zero(size);
    const Eigen::VectorXd free_slope = slope(free);
    newton(free) = -free_hessian.llt().solve(free_slope);

    double length = 1.0;
    Eigen::VectorXd next = clamp(x + newton);
    const auto decrease = [&] {
      const Eigen::VectorXd move = next - x;
      return -(slope.dot(move) + 0.5 * move.dot(hessian * move));
    };
    while (length > smallest_step && decrease() < -sufficient_decrease * slope.dot(next - x)) {
      length *= 0.5;
      next = clamp(x + length * newton);
    }
    if (length <= smallest_step) break;
    x = next;
  }
  return x;
}

}  // namespace reenact
