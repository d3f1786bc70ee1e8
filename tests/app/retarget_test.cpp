#include <gtest/gtest.h>

#include "reenact/app/retarget.h"
#include "reenact/core/error.h"

namespace reenact {
namespace {

constexpr double tolerance = 1e-9;  // double arithmetic on numbers around one

FaceFit source() {
  FaceFit fit;
  fit.pose = {rotation_from_angles({10, -5, 3}), 12.0, {200, 300}};
  fit.identity = Eigen::VectorXd::Constant(4, 0.5);
  fit.expression = Eigen::Vector3d(0.2, 0.0, 0.9);
  fit.gaze.left = {0.1, 0.0};
  return fit;
}

MotionFrame frame(double yaw_deg, double scale, Eigen::Vector2d translation, Eigen::Vector3d expression) {
  MotionFrame motion;
  motion.pose = {rotation_from_angles({yaw_deg, 0, 0}), scale, translation};
  motion.expression = expression;
  return motion;
}

const MotionFrame reference = frame(-4, 6.0, {100, 80}, {0.1, 0.3, 0.5});

TEST(Retarget, ReferenceFrameGivesTheSourceItself) {
  const FaceState state = Retargeter(source(), reference, MotionMode::relative).retarget(reference);
  EXPECT_NEAR(state.pose.rotation.angularDistance(source().pose.rotation), 0, 1e-7);  // acos near one
  EXPECT_NEAR(state.pose.scale, 12.0, tolerance);
  EXPECT_LT((state.pose.translation - source().pose.translation).norm(), tolerance);
  EXPECT_LT((state.expression - source().expression).norm(), tolerance);
  EXPECT_LT((state.gaze.left - source().gaze.left).norm(), tolerance);
}

TEST(Retarget, RelativeRotationIsTheDriversTurn) {
  const FaceState state = Retargeter(source(), reference, MotionMode::relative)
                              .retarget(frame(16, 6.0, {100, 80}, {0.1, 0.3, 0.5}));
  const Eigen::Quaterniond turn = state.pose.rotation * source().pose.rotation.conjugate();
  EXPECT_NEAR(head_angles(turn).yaw_deg, 20, 1e-7);
}

TEST(Retarget, TranslationAndScaleAreInTheSourcesUnits) {
  const FaceState state = Retargeter(source(), reference, MotionMode::relative)
                              .retarget(frame(-4, 6.3, {103, 80}, {0.1, 0.3, 0.5}));
  EXPECT_NEAR(state.pose.scale, 12.6, tolerance);
  EXPECT_NEAR(state.pose.translation.x(), 206,
              tolerance);  // photo has twice the driver's pixels per centimetre
}

TEST(Retarget, LargeShiftsAndScalesAreCompressed) {
  const Retargeter retargeter(source(), reference, MotionMode::relative);
  double last_shift = 0;
  for (const double shift_px : {30.0, 60.0, 600.0}) {  // 5, 10 and 100 cm at 6 px/cm
    const FaceState state = retargeter.retarget(frame(-4, 6.0, {100 + shift_px, 80}, {0.1, 0.3, 0.5}));
    const double shift_cm = (state.pose.translation.x() - 200) / 12;
    EXPECT_LT(shift_cm, shift_px / 6);
    EXPECT_LE(shift_cm, 8.0);
    EXPECT_GT(shift_cm, last_shift);
    last_shift = shift_cm;
  }
  const FaceState near = retargeter.retarget(frame(-4, 60.0, {100, 80}, {0.1, 0.3, 0.5}));
  EXPECT_LE(near.pose.scale, 12.0 * 1.25 + tolerance);
}

TEST(Retarget, ExpressionsStayInTheirBox) {
  const FaceState state = Retargeter(source(), reference, MotionMode::relative)
                              .retarget(frame(0, 6.0, {100, 80}, {0.4, 0.0, 0.9}));
  EXPECT_NEAR(state.expression(0), 0.5, tolerance);
  EXPECT_EQ(state.expression(1), 0.0);
  EXPECT_EQ(state.expression(2), 1.0);
}

TEST(Retarget, AbsoluteTakesTheDriversExpressionAndTurn) {
  const MotionFrame driver = frame(16, 6.0, {100, 80}, {0.4, 0.6, 0.7});
  const FaceState state = Retargeter(source(), reference, MotionMode::absolute).retarget(driver);
  EXPECT_NEAR(head_angles(state.pose.rotation).yaw_deg, 16, 1e-7);
  EXPECT_LT((state.expression - driver.expression).norm(), tolerance);
  EXPECT_EQ(state.identity, source().identity);
}

TEST(Retarget, RefusesMotionOfAnotherModel) {
  MotionFrame other = reference;
  other.expression = Eigen::VectorXd::Zero(7);
  EXPECT_THROW(Retargeter(source(), other, MotionMode::relative), InputError);
}

TEST(ReferenceMismatch, IsZeroForTheSameStateAndGrowsWithAnOpenMouth) {
  const std::vector<std::string> names = {"browInnerUp_L", "jawOpen", "eyeBlink_L"};
  MotionFrame same;
  same.pose = source().pose;
  same.expression = source().expression;
  same.gaze = source().gaze;
  EXPECT_NEAR(reference_mismatch(source(), same, names), 0, tolerance);
  MotionFrame brow = same;
  brow.expression(0) += 0.4;
  MotionFrame jaw = same;
  jaw.expression(1) += 0.4;
  EXPECT_GT(reference_mismatch(source(), jaw, names), reference_mismatch(source(), brow, names));
  EXPECT_GT(reference_mismatch(source(), brow, names), 0);
}

}  // namespace
}  // namespace reenact
