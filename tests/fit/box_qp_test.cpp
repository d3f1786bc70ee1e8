#include "fit/box_qp.h"

#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <limits>
#include <random>

namespace reenact {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
/// The slope of a free unknown and the violation of a bound; H and g are of order 10.
constexpr double kkt_tolerance = 1e-9;

struct Problem {
  Eigen::MatrixXd hessian;
  Eigen::VectorXd gradient, lower, upper;
};

Problem random_problem(int size, double conditioning, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  const Eigen::MatrixXd root = Eigen::MatrixXd::NullaryExpr(size, size, [&] { return normal(random); });
  Problem problem;
  problem.hessian = root * root.transpose() + conditioning * Eigen::MatrixXd::Identity(size, size);
  problem.gradient = Eigen::VectorXd::NullaryExpr(size, [&] { return 5.0 * normal(random); });
  problem.lower = Eigen::VectorXd::Constant(size, -0.2);
  problem.upper = Eigen::VectorXd::Constant(size, 0.3);
  problem.lower.head(size / 4).setConstant(-infinity);
  problem.upper.head(size / 4).setConstant(infinity);
  return problem;
}

TEST(BoxQp, SatisfiesTheOptimalityConditions) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    const Problem problem = random_problem(seed % 2 == 0 ? 12 : 61, seed % 3 == 0 ? 1.0 : 1e-3, seed);
    const Eigen::VectorXd x = solve_box_qp(problem.hessian, problem.gradient, problem.lower, problem.upper);
    const Eigen::VectorXd slope = problem.hessian * x + problem.gradient;
    int at_bound = 0;
    for (Eigen::Index i = 0; i < x.size(); ++i) {
      ASSERT_GE(x[i], problem.lower[i]);
      ASSERT_LE(x[i], problem.upper[i]);
      if (x[i] == problem.lower[i]) {
        EXPECT_GE(slope[i], -kkt_tolerance);
      } else if (x[i] == problem.upper[i]) {
        EXPECT_LE(slope[i], kkt_tolerance);
      } else {
        EXPECT_NEAR(slope[i], 0.0, kkt_tolerance) << "seed " << seed << " unknown " << i;
      }
      at_bound += x[i] == problem.lower[i] || x[i] == problem.upper[i] ? 1 : 0;
    }
    EXPECT_GT(at_bound, 0);
  }
}

TEST(BoxQp, IsTheLinearSolutionWithoutBounds) {
  const Problem problem = random_problem(20, 1.0, 7);
  const Eigen::VectorXd wide = Eigen::VectorXd::Constant(20, infinity);
  const Eigen::VectorXd x = solve_box_qp(problem.hessian, problem.gradient, -wide, wide);
  EXPECT_TRUE(x.isApprox(problem.hessian.llt().solve(-problem.gradient), 1e-9));
}

}  // namespace
}  // namespace reenact
