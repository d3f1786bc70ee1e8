#include "reenact/fit/visible_landmarks.h"

#include <gtest/gtest.h>

#include "fit/fit_cases.h"
#include "reenact/core/landmark_indices.h"

namespace reenact {
namespace {

using test::face;
using test::turned_pose;

Eigen::Matrix3Xf projected(const Pose& pose) {
  return project(pose, shape_face(face(), Eigen::VectorXd(), Eigen::VectorXd(), Gaze()));
}

Eigen::Matrix2Xd visible(const Pose& pose) { return VisibleLandmarks(face()).find(projected(pose), pose); }

Eigen::Vector2d vertex_of(int landmark, const Pose& pose) {
  return projected(pose).col(face().landmarks68[landmark]).head<2>().cast<double>();
}

TEST(VisibleLandmarks, AreTheModelsVerticesButForTheJaw) {
  const Pose pose = turned_pose(25, -10, 15);
  const Eigen::Matrix2Xd landmarks = visible(pose);
  ASSERT_EQ(landmarks.cols(), 68);
  for (int i = ibug68::contour_count; i < 68; ++i) {
    EXPECT_LT((landmarks.col(i) - vertex_of(i, pose)).norm(), 1e-6);
  }
}

TEST(VisibleLandmarks, SlideOutwardsAlongTheHiddenSideOfTheJawAlone) {
  for (const double yaw : {-35.0, 35.0}) {
    const Pose pose = turned_pose(yaw, 0, 0);
    const Eigen::Matrix2Xd landmarks = visible(pose);
    const bool to_the_left = yaw > 0;  // the subject's left side, the image's right, is hidden
    const int hidden = to_the_left ? 13 : 3;
    const int shown = to_the_left ? 3 : 13;
    const double outwards = to_the_left ? 1 : -1;
    EXPECT_GT(outwards * (landmarks(0, hidden) - vertex_of(hidden, pose).x()), 3) << yaw;
    EXPECT_LT((landmarks.col(shown) - vertex_of(shown, pose)).norm(), 2) << yaw;
  }
}

TEST(VisibleLandmarks, RollWithTheHead) {
  const Pose upright = turned_pose(30, 0, 0);
  Pose rolled = upright;
  rolled.rotation = Eigen::AngleAxisd(-0.5, Eigen::Vector3d::UnitZ()) * upright.rotation;
  const Eigen::Matrix2d in_image = Eigen::Rotation2Dd(0.5).toRotationMatrix();  // y points down
  const Eigen::Matrix2Xd expected =
      (in_image * (visible(upright).colwise() - upright.translation)).colwise() + upright.translation;
  EXPECT_LT((visible(rolled) - expected).colwise().norm().maxCoeff(), 0.01);
}

}  // namespace
}  // namespace reenact
