#include "reenact/render/landmark_conditioning.h"

#include <gtest/gtest.h>

#include <limits>

#include "reenact/core/error.h"

namespace reenact {
namespace {

/// Points between (100, 200) and (140, 260).
Eigen::Matrix2Xd tall_face() {
  Eigen::Matrix2Xd points = Eigen::Vector2d(120, 230).replicate(1, landmark_conditioning::points);
  points.col(3) = Eigen::Vector2d(100, 240);
  points.col(30) = Eigen::Vector2d(140, 200);
  points.col(8) = Eigen::Vector2d(110, 260);
  return points;
}

TEST(LandmarkSquare, IsTwiceTheLongerSideAroundTheRaisedMiddle) {
  const CropSquare square = landmark_square(tall_face());
  EXPECT_DOUBLE_EQ(square.side, 120);
  EXPECT_DOUBLE_EQ(square.left, 120 - 60);
  EXPECT_DOUBLE_EQ(square.top, 230 - 10 - 60);
}

TEST(LandmarkSquare, HoldsTheLandmarksInGridUnits) {
  const LandmarkPoints points = landmarks_in_square(tall_face(), landmark_square(tall_face()));
  EXPECT_FLOAT_EQ(points(0, 3), -1.0F / 3);  // 20 pixels left of the middle of 60
  EXPECT_FLOAT_EQ(points(0, 30), 1.0F / 3);
  EXPECT_FLOAT_EQ(points(1, 30), -20.0F / 60);  // 30 above the box's middle, 20 above the square's
  EXPECT_FLOAT_EQ(points(1, 8), 40.0F / 60);
}

TEST(LandmarkSquare, MakesPlaceAndSizeOfAFaceDisappear) {
  const Eigen::Matrix2Xd elsewhere = (3.5 * tall_face()).colwise() + Eigen::Vector2d(-700, 12);
  EXPECT_TRUE(landmarks_in_square(elsewhere, landmark_square(elsewhere))
                  .isApprox(landmarks_in_square(tall_face(), landmark_square(tall_face())), 1e-5F));
}

TEST(LandmarkSquare, RefusesWhatIsNoFace) {
  EXPECT_THROW(landmark_square(Eigen::Matrix2Xd::Zero(2, 68)), InputError);
  Eigen::Matrix2Xd points = tall_face();
  points(1, 5) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(landmark_square(points), InputError);
  points(1, 5) = std::numeric_limits<double>::infinity();
  EXPECT_THROW(landmark_square(points), InputError);
}

}  // namespace
}  // namespace reenact
