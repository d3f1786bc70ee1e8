#include "reenact/animate/mouth_width.h"

#include <gtest/gtest.h>

#include "animate/shaped_mouth.h"
#include "reenact/core/landmark_indices.h"

namespace reenact {
namespace {

double width(const Eigen::VectorXd& beta) {
  const auto [right, left] = ibug68::mouth_corners;
  const auto place = [&](int landmark) { return 3 * test::mouth_model().landmarks68(landmark); };
  return static_cast<double>(test::mouth_model().mean(place(left)) - test::mouth_model().mean(place(right))) +
         (test::mouth_model().expression.row(place(left)) - test::mouth_model().expression.row(place(right)))
             .cast<double>()
             .dot(beta.transpose());
}

TEST(MouthWidth, IsHardlyLessThanThePhotosAndTheDriversAre) {
  const MouthWidth limit(test::mouth_model(), test::shaped_mouth(0, 0.2));
  const Eigen::VectorXd driver = test::shaped_mouth(0, 0.6);
  const Eigen::VectorXd crushed = test::shaped_mouth(0, 1.2, 0.3);
  const Eigen::VectorXd held = limit.held(crushed, driver);
  EXPECT_NEAR(width(held), width(driver) - 0.03 * width(test::shaped_mouth(0, 0)), 1e-6);
  EXPECT_EQ(held(test::mouth_model().expression_index("jawOpen")), 0.3);
}

TEST(MouthWidth, LeavesWhatIsWider) {
  const MouthWidth limit(test::mouth_model(), test::shaped_mouth(0.2, 0));
  const Eigen::VectorXd grin = test::shaped_mouth(1.3, 0);
  EXPECT_EQ(limit.held(grin, test::shaped_mouth(0.4, 0)), grin);
  const Eigen::VectorXd between = test::shaped_mouth(0, 0.3, 0.5);
  EXPECT_EQ(limit.held(between, test::shaped_mouth(0, 0.5)), between);
}

TEST(MouthWidth, LeavesToTheJawWhatTheJawDoes) {
  const MouthWidth limit(test::mouth_model(), test::shaped_mouth(0, 0));
  Eigen::VectorXd opened = test::shaped_mouth(0, 0, 1.3);
  EXPECT_EQ(limit.held(opened, test::shaped_mouth(0, 0)), opened);
}

}  // namespace
}  // namespace reenact
