#include "reenact/animate/mouth_width.h"

#include <gtest/gtest.h>

#include "reenact/core/landmark_indices.h"
#include "support/synthetic_face.h"

namespace reenact {
namespace {

const FaceModel& model() {
  static const FaceModel face = test::make_synthetic_face();
  return face;
}

Eigen::VectorXd expression(double smile, double pucker, double jaw_open = 0) {
  Eigen::VectorXd beta = Eigen::VectorXd::Zero(model().expression_count());
  beta(model().expression_index("mouthSmile_L")) = smile;
  beta(model().expression_index("mouthSmile_R")) = smile;
  beta(model().expression_index("mouthPucker")) = pucker;
  beta(model().expression_index("jawOpen")) = jaw_open;
  return beta;
}

double width(const Eigen::VectorXd& beta) {
  const auto [right, left] = ibug68::mouth_corners;
  const auto place = [&](int landmark) { return 3 * model().landmarks68(landmark); };
  return static_cast<double>(model().mean(place(left)) - model().mean(place(right))) +
         (model().expression.row(place(left)) - model().expression.row(place(right)))
             .cast<double>()
             .dot(beta.transpose());
}

TEST(MouthWidth, IsHardlyLessThanThePhotosAndTheDriversAre) {
  const MouthWidth limit(model(), expression(0, 0.2));
  const Eigen::VectorXd driver = expression(0, 0.6);
  const Eigen::VectorXd crushed = expression(0, 1.2, 0.3);
  const Eigen::VectorXd held = limit.held(crushed, driver);
  EXPECT_NEAR(width(held), width(driver) - 0.03 * width(expression(0, 0)), 1e-6);
  EXPECT_EQ(held(model().expression_index("jawOpen")), 0.3);
}

TEST(MouthWidth, LeavesWhatIsWider) {
  const MouthWidth limit(model(), expression(0.2, 0));
  const Eigen::VectorXd grin = expression(1.3, 0);
  EXPECT_EQ(limit.held(grin, expression(0.4, 0)), grin);
  const Eigen::VectorXd between = expression(0, 0.3, 0.5);
  EXPECT_EQ(limit.held(between, expression(0, 0.5)), between);
}

TEST(MouthWidth, LeavesToTheJawWhatTheJawDoes) {
  const MouthWidth limit(model(), expression(0, 0));
  Eigen::VectorXd opened = expression(0, 0, 1.3);
  EXPECT_EQ(limit.held(opened, expression(0, 0)), opened);
}

}  // namespace
}  // namespace reenact
