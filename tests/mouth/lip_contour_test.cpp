#include "reenact/mouth/lip_contour.h"

#include <gtest/gtest.h>

#include "mouth/drawn_mouth.h"

namespace reenact {
namespace {

TEST(LipContour, PassesThroughTheLandmarks) {
  const Eigen::Matrix2Xd landmarks = test::DrawnMouth().inner();
  const Eigen::Matrix2Xd dense = dense_lip_contour(landmarks);
  ASSERT_EQ(dense.cols(), lip_edge_points);
  for (int i = 0; i < lip_landmarks; ++i) EXPECT_TRUE(dense.col(4 * i).isApprox(landmarks.col(i)));
}

TEST(LipContour, StaysOnAStraightEdge) {
  Eigen::Matrix2Xd landmarks(2, lip_landmarks);
  for (int i = 0; i < lip_landmarks; ++i) landmarks.col(i) << (i <= 10 ? i : 20 - i), 0;
  const Eigen::Matrix2Xd dense = dense_lip_contour(landmarks);
  EXPECT_LT(dense.row(1).cwiseAbs().maxCoeff(), 1e-12);
  EXPECT_NEAR(dense(0, 2), 0.5, 1e-12);
  EXPECT_GE(dense.row(0).minCoeff(), 0);
  EXPECT_LE(dense.row(0).maxCoeff(), 10);
}

TEST(LipContour, OpeningIsTheMeanHeightOfTheMiddleHalf) {
  test::DrawnMouth mouth;
  // Of an ellipse between half of its width: 2 b (√3/4 + π/6).
  const double expected = 2 * mouth.half_height * (std::sqrt(3.0) / 4 + M_PI / 6);
  EXPECT_NEAR(mean_opening(dense_lip_contour(mouth.inner())), expected, 0.03 * expected);
  mouth.half_height = 0;
  EXPECT_EQ(mean_opening(dense_lip_contour(mouth.inner())), 0);
  mouth.half_height = -3;
  EXPECT_EQ(mean_opening(dense_lip_contour(mouth.inner())), 0);
}

}  // namespace
}  // namespace reenact
