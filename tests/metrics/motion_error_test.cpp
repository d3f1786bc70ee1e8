#include "reenact/metrics/motion_error.h"

#include <gtest/gtest.h>

#include <cmath>

#include "metrics/reference.h"
#include "reenact/core/error.h"

namespace reenact {
namespace {

Eigen::Quaterniond quaternion(const nlohmann::json& xyzw) {
  return {xyzw.at(3).get<double>(), xyzw.at(0).get<double>(), xyzw.at(1).get<double>(),
          xyzw.at(2).get<double>()};
}

TEST(PoseRmse, EqualsSciPy) {
  for (const nlohmann::json& rotations : test::reference("rotations")) {
    const Eigen::Quaterniond a = quaternion(rotations.at("a"));
    const Eigen::Quaterniond b = quaternion(rotations.at("b"));
    EXPECT_NEAR(pose_rmse_deg(a, b), rotations.at("rmse").get<double>(), 1e-9);
    EXPECT_NEAR(pose_rmse_deg(b, a), rotations.at("rmse").get<double>(), 1e-9);
  }
}

TEST(ExpressionRmse, IsTheRootMeanSquare) {
  const Eigen::Vector4d a(0, 0.5, 1, 0.25);
  const Eigen::Vector4d b(0.2, 0.5, 0.6, 0.25);
  EXPECT_NEAR(expression_rmse(a, b), std::sqrt((0.04 + 0.16) / 4), 1e-12);
  EXPECT_EQ(expression_rmse(a, a), 0);
}

TEST(ExpressionRmse, RefusesOtherWeights) {
  EXPECT_THROW(expression_rmse(Eigen::VectorXd::Zero(3), Eigen::VectorXd::Zero(4)), InputError);
  EXPECT_THROW(expression_rmse(Eigen::VectorXd(), Eigen::VectorXd()), InputError);
}

}  // namespace
}  // namespace reenact
