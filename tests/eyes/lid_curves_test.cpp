#include "reenact/eyes/lid_curves.h"

#include <gtest/gtest.h>

#include "eyes/painted_eye.h"

namespace reenact::test {
namespace {

TEST(EyeFrame, GoesThereAndBack) {
  const EyeFrame frame({10, 20}, {40, 60}, EyeSide::right);
  const Eigen::Vector2f local = frame.local({17, 31});
  EXPECT_LT((frame.image(local.x(), local.y()) - Eigen::Vector2f(17, 31)).norm(), 1e-4F);
  EXPECT_FLOAT_EQ(frame.width, 50);
}

TEST(EyeFrame, UpIsTowardsTheBrowOnBothSides) {
  EXPECT_LT(EyeFrame({10, 20}, {40, 20}, EyeSide::right).up.y(), -0.99F);
  EXPECT_LT(EyeFrame({90, 20}, {60, 20}, EyeSide::left).up.y(), -0.99F);
}

TEST(LidCurves, PassThroughTheContour) {
  const EyeContour contour = paint_eye(60).seen.contour;
  const LidCurves curves = lid_curves(contour, EyeSide::right);
  for (std::size_t i = 0; i < EyeContour::points; ++i) {
    const Eigen::Vector2f local = curves.frame.local(contour.upper[i]);
    EXPECT_NEAR(at(curves.upper, local.x()), local.y(), 0.6F) << i;
    EXPECT_NEAR(at(curves.lower, local.x()), -local.y(), 0.6F) << i;
  }
  EXPECT_NEAR(curves.upper.front(), 0, 0.5F);
  EXPECT_NEAR(curves.upper.back(), 0, 0.5F);
}

TEST(LidCurves, LidsDoNotCross) {
  EyeContour contour = paint_eye(60).seen.contour;
  std::swap(contour.upper, contour.lower);
  const LidCurves curves = lid_curves(contour, EyeSide::right);
  for (std::size_t i = 0; i < lid_samples; ++i) EXPECT_GE(curves.upper[i], curves.lower[i]);
}

TEST(LidCurves, PointsOnOneSpotAreFinite) {
  EyeContour contour;
  contour.upper.fill({5, 5});
  contour.lower.fill({5, 5});
  const LidCurves curves = lid_curves(contour, EyeSide::left);
  for (std::size_t i = 0; i < lid_samples; ++i) EXPECT_TRUE(std::isfinite(curves.upper[i]));
}

}  // namespace
}  // namespace reenact::test
