#include "reenact/core/lid_gaps.h"

#include <gtest/gtest.h>

namespace reenact {
namespace {

/// Two eyes 30 pixels wide whose lids are `right` and `left` pixels apart everywhere but at the corners.
Landmarks mesh_eyes(double right, double left) {
  Landmarks landmarks;
  landmarks.points.setZero(2, 468);
  const double height[] = {right, left};
  for (std::size_t e = 0; e < 2; ++e) {
    const EyeMeshPoints& eye = eye_mesh_points[e];
    for (std::size_t i = 0; i < eye.upper.size(); ++i) {
      const double x = 100.0 * static_cast<double>(e) + 30.0 * static_cast<double>(i) / 8;
      const bool corner = i == 0 || i == 8;
      landmarks.points.col(eye.upper[i]) << x, corner ? 0.0 : -0.5 * height[e];
      landmarks.points.col(eye.lower[i]) << x, corner ? 0.0 : 0.5 * height[e];
    }
  }
  return landmarks;
}

TEST(LidGaps, AreHeightOverWidthOfEachEye) {
  const LidGaps gaps = measure_lid_gaps(mesh_eyes(9, 3));
  EXPECT_DOUBLE_EQ(gaps.right_eye, 0.3);
  EXPECT_DOUBLE_EQ(gaps.left_eye, 0.1);
}

TEST(LidGaps, OfSixtyEightPointsUseTheirFourLidPoints) {
  Landmarks landmarks;
  landmarks.scheme = LandmarkScheme::dlib68;
  landmarks.points.setZero(2, 68);
  landmarks.points.col(39) << 40, 0;
  landmarks.points.col(37) << 10, -6;
  landmarks.points.col(41) << 10, 6;
  landmarks.points.col(38) << 30, -2;
  landmarks.points.col(40) << 30, 2;
  landmarks.points.col(45) << 80, 0;
  EXPECT_DOUBLE_EQ(measure_lid_gaps(landmarks).right_eye, 0.2);
  EXPECT_DOUBLE_EQ(measure_lid_gaps(landmarks).left_eye, 0.0);
}

TEST(LidGaps, OfPointsOnOneSpotAreFinite) {
  Landmarks landmarks;
  landmarks.points.setConstant(2, 468, 7);
  EXPECT_EQ(measure_lid_gaps(landmarks).right_eye, 0.0);
  landmarks.points.col(160) << 7, 5000;
  EXPECT_EQ(measure_lid_gaps(landmarks).right_eye, greatest_lid_gap);
}

TEST(LidOpening, IsWhatIsSeenOfTheEyeNotWhatLandmarksSee) {
  EXPECT_EQ(lid_opening(0.07, 0.30), 0.0);
  EXPECT_LT(lid_opening(0.15, 0.30), 0.1) << "lids that landmarks see half apart have met";
  EXPECT_NEAR(lid_opening(0.225, 0.30), 0.55, 0.05);
  EXPECT_NEAR(lid_opening(0.255, 0.30), 0.72, 0.05);
  EXPECT_DOUBLE_EQ(lid_opening(0.30, 0.30), 1.0);
  EXPECT_DOUBLE_EQ(lid_opening(0.36, 0.30), 1.2);
}

}  // namespace
}  // namespace reenact
