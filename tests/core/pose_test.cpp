#include "reenact/core/pose.h"

#include <gtest/gtest.h>

namespace reenact {
namespace {

TEST(Project, FollowsTheCameraEquation) {
  Pose pose;
  pose.scale = 10;
  pose.translation = {100, 50};
  Eigen::Matrix3Xf points(3, 2);
  points << 1, 0,  //
      2, 0,        //
      3, 0;
  const Eigen::Matrix3Xf seen = project(pose, points);
  EXPECT_TRUE(seen.col(0).isApprox(Eigen::Vector3f(110, 30, 30), 1e-6F));  // y of the image points down
  EXPECT_TRUE(seen.col(1).isApprox(Eigen::Vector3f(100, 50, 0), 1e-6F));
}

TEST(Project, RotatesBeforeItProjects) {
  Pose pose;
  pose.rotation = rotation_from_angles({90, 0, 0});  // the nose now points to the subject's left
  const Eigen::Matrix3Xf nose = Eigen::Vector3f(0, 0, 5);
  EXPECT_LT((project(pose, nose) - Eigen::Vector3f(5, 0, 0)).norm(), 1e-5F);
}

TEST(HeadAngles, SignsAreTheDocumentedOnes) {
  const auto nose = [](const HeadAngles& angles) {
    return Eigen::Vector3d(rotation_from_angles(angles) * Eigen::Vector3d::UnitZ());
  };
  EXPECT_GT(nose({30, 0, 0}).x(), 0.4);  // yaw: to the subject's left
  EXPECT_GT(nose({0, 30, 0}).y(), 0.4);  // pitch: chin up
  const Eigen::Vector3d crown = rotation_from_angles({0, 0, 30}) * Eigen::Vector3d::UnitY();
  EXPECT_GT(crown.x(), 0.4);  // roll: clockwise for the viewer
}

TEST(HeadAngles, RoundTrip) {
  for (const double yaw : {-170.0, -90.0, -35.0, 0.0, 1e-7, 60.0, 179.0}) {
    for (const double pitch : {-89.0, -20.0, 0.0, 45.0, 89.0}) {
      for (const double roll : {-179.0, -30.0, 0.0, 90.0}) {
        const HeadAngles angles = head_angles(rotation_from_angles({yaw, pitch, roll}));
        EXPECT_NEAR(angles.yaw_deg, yaw, 1e-6);
        EXPECT_NEAR(angles.pitch_deg, pitch, 1e-6);
        EXPECT_NEAR(angles.roll_deg, roll, 1e-6);
      }
    }
  }
}

TEST(HeadAngles, AtThePoleTheRotationSurvives) {
  const Eigen::Quaterniond rotation = rotation_from_angles({25, 90, 0});
  EXPECT_NEAR(head_angles(rotation).pitch_deg, 90, 1e-5);
}

TEST(RotationFromAngles, GivesUnitQuaternions) {
  EXPECT_NEAR(rotation_from_angles({12, 34, 56}).norm(), 1.0, 1e-12);
}

}  // namespace
}  // namespace reenact
