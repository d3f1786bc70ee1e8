#include "render/head_motion.h"

#include <gtest/gtest.h>

namespace reenact {
namespace {

const Eigen::Vector3d ears(0, 2.1, 4.2);

Pose turned(double yaw_deg, double roll_deg = 0, double scale = 8) {
  Pose pose;
  pose.rotation = rotation_from_angles({yaw_deg, 0, roll_deg});
  pose.scale = scale;
  pose.translation = {110, 105};
  return pose;
}

RigidMotion hair(const Pose& source, const Pose& driver) {
  return hair_motion(plane_motion(ears, source, driver), ears, source, driver);
}

TEST(HairMotion, DoesNotNarrowAsTheHeadTurns) {
  const Pose source = turned(0);
  const Pose driver = turned(35);
  EXPECT_GT(plane_motion(ears, source, driver).flow_linear(0, 0), 0.08) << "a plane does";
  EXPECT_LT(hair(source, driver).flow_linear.norm(), 1e-9);
  EXPECT_GT(hair(source, driver).flow_offset.norm(), 2.0) << "but it shifts";
}

TEST(HairMotion, RollsAndGrowsWithTheHead) {
  const Pose source = turned(5);
  const Pose driver = turned(-20, 15, 10);
  const Eigen::Matrix2d linear = hair(source, driver).flow_linear + Eigen::Matrix2d::Identity();
  EXPECT_LT((linear.transpose() * linear - 0.64 * Eigen::Matrix2d::Identity()).norm(), 1e-9);
  EXPECT_GT(std::abs(linear(0, 1)), 0.15);
}

TEST(HairMotion, OfAPhotoFromTheSideIsThatOfThePlane) {
  const Pose source = turned(40);
  const Pose driver = turned(10, 5);
  const RigidMotion plane = plane_motion(ears, source, driver);
  const RigidMotion moved = hair(source, driver);
  EXPECT_LT((moved.flow_linear - plane.flow_linear).norm(), 1e-9);
  EXPECT_LT((moved.flow_offset - plane.flow_offset).norm(), 1e-6);
}

TEST(HairMotion, OfAHeadThatStaysIsNone) {
  for (const double yaw_deg : {0.0, 20.0, 60.0}) {
    const RigidMotion moved = hair(turned(yaw_deg, 10), turned(yaw_deg, 10));
    EXPECT_LT(moved.flow_linear.norm() + moved.flow_offset.norm(), 1e-9);
  }
}

}  // namespace
}  // namespace reenact
