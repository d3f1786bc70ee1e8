#include "reenact/mouth/upper_teeth.h"

#include <gtest/gtest.h>

#include "support/shipped_face_model.h"

namespace reenact {
namespace {

const FaceModel& model() { return test::shipped_face_model(); }

Pose pose(double yaw_deg = 0) {
  Pose pose;
  pose.rotation = rotation_from_angles({yaw_deg, 0, 0});
  pose.scale = 10;
  pose.translation = {200, 100};
  return pose;
}

ToothRow row(const Pose& pose) {
  return UpperTeeth::of(model())->project(Eigen::VectorXd::Zero(model().identity_count()), pose);
}

TEST(UpperTeeth, OfTheModelAreARowWithIncisorsInTheMiddle) {
  ASSERT_TRUE(UpperTeeth::of(model()));
  const ToothRow teeth = row(pose());
  ASSERT_EQ(teeth.edges.cols(), UpperTeeth::count);
  ASSERT_EQ(teeth.bounds.cols(), UpperTeeth::count + 1);
  for (int i = 0; i < UpperTeeth::count; ++i) {
    EXPECT_LT(teeth.bounds(0, i), teeth.bounds(0, i + 1)) << i;
    EXPECT_LT(std::abs(teeth.edges(1, i) - teeth.middle().y()), 4) << i;
  }
  const int middle = UpperTeeth::count / 2;
  EXPECT_NEAR(teeth.bounds(0, middle), 200, 0.5);
  for (const int incisor : {middle - 1, middle}) {
    const double width_cm = (teeth.bounds(0, incisor + 1) - teeth.bounds(0, incisor)) / pose().scale;
    EXPECT_GT(width_cm, 0.7);
    EXPECT_LT(width_cm, 1.0);
  }
  EXPECT_TRUE(teeth.down.isApprox(Eigen::Vector2d(0, 10)));
  EXPECT_EQ(teeth.lowered_cm, 0);
}

TEST(UpperTeeth, AreWhereTheModelHasThem) {
  const std::vector<Eigen::Index> vertices = upper_teeth_vertices(model());
  float lowest = 0;
  float front = 0;
  for (const Eigen::Index v : vertices) {
    lowest = std::min(lowest, model().mean(1, v));
    front = std::max(front, model().mean(2, v));
  }
  EXPECT_NEAR(row(pose()).middle().y(), 100 - 10 * static_cast<double>(lowest), 1);
  const double turned_x = row(pose(20)).middle().x() - 200;
  EXPECT_NEAR(turned_x, 10 * std::sin(20 * M_PI / 180) * static_cast<double>(front), 5)
      << "the row lies in the front of the head";
}

TEST(UpperTeeth, AreLoweredInTheHead) {
  ToothRow teeth = row(pose());
  const ToothRow before = teeth;
  teeth.lower(0.3);
  teeth.lower(-0.1);
  EXPECT_TRUE(teeth.middle().isApprox(before.middle() + Eigen::Vector2d(0, 2)));
  EXPECT_TRUE(teeth.bounds.isApprox((before.bounds.colwise() + Eigen::Vector2d(0, 2)).eval()));
  EXPECT_NEAR(teeth.lowered_cm, 0.2, 1e-12);
}

TEST(UpperTeeth, OfModelsWithoutThemAreNone) {
  FaceModel toothless = model();
  std::replace(toothless.region.begin(), toothless.region.end(), Region::teeth, Region::gums_tongue);
  EXPECT_FALSE(UpperTeeth::of(toothless));
  FaceModel without_jaw = model();
  *std::find(without_jaw.expression_names.begin(), without_jaw.expression_names.end(), "jawOpen") = "other";
  EXPECT_FALSE(UpperTeeth::of(without_jaw));
}

}  // namespace
}  // namespace reenact
