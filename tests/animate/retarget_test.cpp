#include "reenact/animate/retarget.h"

#include <gtest/gtest.h>

#include <cmath>

#include "reenact/animate/reference_choice.h"
#include "reenact/core/error.h"
#include "support/synthetic_face.h"

namespace reenact {
namespace {

constexpr double tolerance = 1e-9;  // double arithmetic on numbers around one

const FaceModel& model() {
  static const FaceModel face = test::make_synthetic_face();
  return face;
}

const OpeningGauge& gauge() {
  static const OpeningGauge face_gauge(model());
  return face_gauge;
}

Eigen::VectorXd expression(std::initializer_list<std::pair<const char*, double>> weights) {
  Eigen::VectorXd beta = Eigen::VectorXd::Zero(model().expression_count());
  for (const auto& [name, weight] : weights) beta(model().expression_index(name)) = weight;
  return beta;
}

FaceFit source() {
  FaceFit fit;
  fit.pose = {rotation_from_angles({10, -5, 3}), 12.0, {200, 300}};
  fit.identity = Eigen::VectorXd::Constant(model().identity_count(), 0.5);
  fit.expression = expression({{"browInnerUp_L", 0.2}, {"mouthSmile_L", 0.9}});
  fit.gaze.left = {0.1, 0.0};
  return fit;
}

/// A frame of a driver with the mean face.
MotionFrame frame(double yaw_deg, double scale, Eigen::Vector2d translation, const Eigen::VectorXd& beta) {
  MotionFrame motion;
  motion.pose = {rotation_from_angles({yaw_deg, 0, 0}), scale, translation};
  motion.expression = beta;
  motion.openings = gauge().measure(Eigen::VectorXd(), beta);
  return motion;
}

Eigen::VectorXd rest() {
  return expression({{"browInnerUp_L", 0.1}, {"mouthSmile_R", 0.3}, {"mouthSmile_L", 0.5}});
}

const MotionFrame reference = frame(-4, 6.0, {100, 80}, rest());

FaceState retargeted(const MotionFrame& driver, MotionMode mode = MotionMode::relative) {
  return Retargeter(model(), source(), reference, mode).retarget(driver);
}

double source_mouth(const FaceState& state) {
  return gauge().measure(state.identity, state.expression).mouth;
}
double source_left_eye(const FaceState& state) {
  return gauge().measure(state.identity, state.expression).left_eye;
}

TEST(Retarget, ReferenceFrameGivesTheSourceItself) {
  const FaceState state = retargeted(reference);
  EXPECT_NEAR(state.pose.rotation.angularDistance(source().pose.rotation), 0, 1e-7);  // acos near one
  EXPECT_NEAR(state.pose.scale, 12.0, tolerance);
  EXPECT_LT((state.pose.translation - source().pose.translation).norm(), tolerance);
  EXPECT_LT((state.expression - source().expression).norm(), tolerance);
  EXPECT_LT((state.gaze.left - source().gaze.left).norm(), tolerance);
}

TEST(Retarget, RelativeRotationIsTheDriversTurn) {
  const FaceState state = Retargeter(model(), source(), reference, MotionMode::relative)
                              .retarget(frame(16, 6.0, {100, 80}, rest()));
  const Eigen::Quaterniond turn = state.pose.rotation * source().pose.rotation.conjugate();
  EXPECT_NEAR(head_angles(turn).yaw_deg, 20, 1e-7);
}

TEST(Retarget, TranslationAndScaleAreInTheSourcesUnits) {
  const FaceState state = Retargeter(model(), source(), reference, MotionMode::relative)
                              .retarget(frame(-4, 6.3, {103, 80}, rest()));
  EXPECT_NEAR(state.pose.scale, 12.6, tolerance);
  EXPECT_NEAR(state.pose.translation.x(), 206,
              tolerance);  // photo has twice the driver's pixels per centimetre
}

TEST(Retarget, LargeShiftsAndScalesAreCompressed) {
  double last_shift = 0;
  for (const double shift_px : {30.0, 60.0, 600.0}) {  // 5, 10 and 100 cm at 6 px/cm
    const FaceState state = retargeted(frame(-4, 6.0, {100 + shift_px, 80}, rest()));
    const double shift_cm = (state.pose.translation.x() - 200) / 12;
    EXPECT_LT(shift_cm, shift_px / 6);
    EXPECT_LE(shift_cm, 8.0);
    EXPECT_GT(shift_cm, last_shift);
    last_shift = shift_cm;
  }
  const FaceState near = retargeted(frame(-4, 60.0, {100, 80}, rest()));
  EXPECT_LE(near.pose.scale, 12.0 * 1.25 + tolerance);
}

TEST(Retarget, ExpressionsFollowALittleBeyondTheFitsRange) {
  const FaceState state = retargeted(frame(
      0, 6.0, {100, 80}, expression({{"browInnerUp_L", 0.4}, {"mouthSmile_R", 0.1}, {"mouthSmile_L", 0.7}})));
  EXPECT_NEAR(state.expression(model().expression_index("browInnerUp_L")), 0.2 + brow_gain * 0.3, tolerance);
  EXPECT_NEAR(state.expression(model().expression_index("mouthSmile_R")), mouth_gain * -0.2, tolerance);
  EXPECT_NEAR(state.expression(model().expression_index("mouthSmile_L")), 0.9 + mouth_gain * 0.2, tolerance);
}

TEST(Retarget, ExpressionsStayInTheirBox) {
  MotionFrame other = reference;
  other.expression(model().expression_index("mouthSmile_R")) = 1.0;
  other.expression(model().expression_index("browInnerUp_L")) = 0.0;
  Eigen::VectorXd beta = rest();
  beta(model().expression_index("mouthSmile_R")) = 0.0;
  beta(model().expression_index("browInnerUp_L")) = 1.0;
  FaceFit raised = source();
  raised.expression(model().expression_index("browInnerUp_L")) = 0.9;
  const FaceState state =
      Retargeter(model(), raised, other, MotionMode::relative).retarget(frame(-4, 6.0, {100, 80}, beta));
  EXPECT_EQ(state.expression(model().expression_index("mouthSmile_R")), -0.3);
  EXPECT_EQ(state.expression(model().expression_index("browInnerUp_L")), 1.3);
}

TEST(Retarget, MouthOpensAsFarAsTheDriversWhateverTheWeights) {
  Eigen::VectorXd open = rest();
  open(model().expression_index("jawOpen")) = 0.4;
  const MotionFrame driver = frame(0, 6.0, {100, 80}, open);
  const double photo = gauge().measure(source().identity, source().expression).mouth;
  ASSERT_GT(driver.openings.mouth, photo + 0.02);
  EXPECT_NEAR(source_mouth(retargeted(driver)), photo + mouth_gain * (driver.openings.mouth - photo), 1e-6);
}

TEST(Retarget, MouthOpensAsFarWhenTheReferencesLipsAreClosedByMouthClose) {
  const MotionFrame pressed = frame(0, 6.0, {100, 80}, expression({{"jawOpen", 0.3}, {"mouthClose", 0.2}}));
  const MotionFrame opened = frame(0, 6.0, {100, 80}, expression({{"jawOpen", 0.5}}));
  FaceFit photo = source();
  photo.expression = expression({{"jawOpen", 0.2}, {"mouthClose", 0.05}});
  const double before = gauge().measure(photo.identity, photo.expression).mouth;
  const FaceState state = Retargeter(model(), photo, pressed, MotionMode::relative).retarget(opened);
  EXPECT_NEAR(source_mouth(state), before + mouth_gain * (opened.openings.mouth - before), tolerance);
}

TEST(Retarget, AShutEyeIsShutWhateverItsShape) {
  Eigen::VectorXd blink = rest();
  blink(model().expression_index("eyeBlink_L")) = 1.0;
  MotionFrame driver = frame(0, 6.0, {100, 80}, blink);
  driver.openings.left_eye = 0;
  const double open_eye = gauge().measure(source().identity, source().expression).left_eye;
  const FaceState shut = retargeted(driver);
  EXPECT_LT(source_left_eye(shut), std::max(0.15 * open_eye, 1e-6));
}

/// Ratios of a driver whose gaps are those of the reference times `right` and `left`.
LidRatios ratios_at(double right, double left, double yaw_deg = 0) {
  MotionFrame then = reference;
  then.lid_gaps = LidGaps{0.3, 0.25};
  MotionFrame now = reference;
  now.pose.rotation = rotation_from_angles({yaw_deg, 0, 0});
  now.lid_gaps = LidGaps{0.3 * right, 0.25 * left};
  return Retargeter(model(), source(), then, MotionMode::relative).lid_ratios(now);
}

TEST(LidRatios, TheReferenceIsThePhoto) {
  EXPECT_NEAR(ratios_at(1, 1).right_eye, 1, tolerance);
  EXPECT_NEAR(ratios_at(1, 1).left_eye, 1, tolerance);
}

TEST(LidRatios, GapsOfShutLidsShut) {
  EXPECT_EQ(ratios_at(0.2, 0.2).right_eye, 0);
  EXPECT_EQ(ratios_at(0.2, 0.2).left_eye, 0);
}

TEST(LidRatios, NarrowEyesShut) {
  MotionFrame then = reference;
  then.lid_gaps = LidGaps{0.2, 0.2};
  MotionFrame now = reference;
  now.lid_gaps = LidGaps{0.09, 0.08};
  const LidRatios ratios = Retargeter(model(), source(), then, MotionMode::relative).lid_ratios(now);
  EXPECT_LT(ratios.right_eye, 0.05);
  EXPECT_LT(ratios.left_eye, 0.05);
}

TEST(LidRatios, GrowWithTheGapUpToALimit) {
  double last = -1;
  for (const double gap : {0.55, 0.65, 0.75, 0.9, 1.2}) {
    const double ratio = ratios_at(gap, gap).left_eye;
    EXPECT_GT(ratio, last);
    last = ratio;
  }
  EXPECT_NEAR(ratios_at(9, 9).right_eye, 1 + lid_widening_gain * 0.28, tolerance);
}

TEST(LidRatios, AWinkStaysAWinkAndASmallDifferenceIsMadeSmaller) {
  EXPECT_NEAR(ratios_at(0.2, 1).right_eye, 0, tolerance);
  EXPECT_NEAR(ratios_at(0.2, 1).left_eye, 1, tolerance);
  const LidRatios alike = ratios_at(0.95, 1.05);
  const double alone = lid_widening_gain * 0.05 + 0.05 / (1 - 0.45);
  EXPECT_GT(alike.left_eye, alike.right_eye);
  EXPECT_LT(alike.left_eye - alike.right_eye, 0.35 * alone);
}

TEST(LidRatios, AnEyeThatIsNarrowItselfSeesNoWink) {
  const LidRatios ratios = ratios_at(0.9, 0.5);  // shares of 0.82 and 0.01
  EXPECT_LT(ratios.right_eye - ratios.left_eye, 0.3);
}

TEST(LidRatios, OfATurnedHeadTheNearerEyeCounts) {
  for (const double far : {0.1, 0.8, 1.6}) {
    const LidRatios to_its_left = ratios_at(1, far, 40);
    EXPECT_NEAR(to_its_left.right_eye, 1, tolerance) << far;
    EXPECT_NEAR(to_its_left.left_eye, 1, tolerance) << far;
    const LidRatios to_its_right = ratios_at(far, 0.3, -40);
    EXPECT_NEAR(to_its_right.right_eye, 0, tolerance) << far;
    EXPECT_NEAR(to_its_right.left_eye, 0, tolerance) << far;
  }
}

TEST(LidRatios, AnEyeThatIsSeenHalfOpenInABlinkShutsWithTheOther) {
  const LidRatios ratios = ratios_at(0.3, 0.65);
  EXPECT_LT(ratios.left_eye, 0.1);
  EXPECT_LT(ratios.right_eye, 0.1);
}

TEST(LidRatios, LidsOfTheMeshFollow) {
  MotionFrame then = reference;
  then.lid_gaps = LidGaps{0.3, 0.3};
  MotionFrame now = reference;
  now.lid_gaps = LidGaps{0.3, 0.05};
  const FaceState state = Retargeter(model(), source(), then, MotionMode::relative).retarget(now);
  const FaceOpenings open = gauge().measure(source().identity, source().expression);
  const FaceOpenings openings = gauge().measure(state.identity, state.expression);
  EXPECT_NEAR(openings.right_eye, open.right_eye, 1e-6);
  EXPECT_LT(openings.left_eye, std::max(0.15 * open.left_eye, 1e-6));
}

TEST(LidRatios, WithoutGapsFollowTheOpenings) {
  MotionFrame now = reference;
  now.openings.right_eye = 0.5 * reference.openings.right_eye;
  const LidRatios ratios = Retargeter(model(), source(), reference, MotionMode::relative).lid_ratios(now);
  EXPECT_NEAR(ratios.right_eye, 0.5, tolerance);
  EXPECT_NEAR(ratios.left_eye, 1, tolerance);
}

TEST(LidRatios, InAbsoluteModeAreOverThePhotosGaps) {
  MotionFrame now = reference;
  now.lid_gaps = LidGaps{0.3, 0.04};
  const Retargeter absolute(model(), source(), reference, MotionMode::absolute, ShiftLimit::torso,
                            LidGaps{0.3, 0.3});
  EXPECT_NEAR(absolute.lid_ratios(now).right_eye, 1, tolerance);
  EXPECT_EQ(absolute.lid_ratios(now).left_eye, 0);
  const FaceOpenings open = gauge().measure(source().identity, source().expression);
  EXPECT_LT(source_left_eye(absolute.retarget(now)), std::max(0.15 * open.left_eye, 1e-6));
}

TEST(Retarget, TheIrisStaysBetweenTheLids) {
  MotionFrame driver = reference;
  driver.gaze.left.x() = driver.gaze.right.x() = 1.2;
  EXPECT_LE(retargeted(driver).gaze.left.x(), 0.75);
}

TEST(Retarget, AbsoluteTakesTheDriversTurnAndOpenings) {
  Eigen::VectorXd open = rest();
  open(model().expression_index("jawOpen")) = 0.4;
  const MotionFrame driver = frame(16, 6.0, {100, 80}, open);
  const FaceState state = retargeted(driver, MotionMode::absolute);
  EXPECT_NEAR(head_angles(state.pose.rotation).yaw_deg, 16, 1e-7);
  EXPECT_NEAR(source_mouth(state), driver.openings.mouth, 1e-6);
  EXPECT_EQ(state.identity, source().identity);
}

/// A frame in which every part moves.
MotionFrame lively() {
  Eigen::VectorXd beta = rest();
  beta(model().expression_index("jawOpen")) = 0.3;
  beta(model().expression_index("browInnerUp_L")) = 0.4;
  beta(model().expression_index("mouthSmile_L")) = 0.3;
  MotionFrame driver = frame(16, 6.3, {103, 80}, beta);
  driver.gaze.left = {0.2, -0.1};
  driver.openings.left_eye *= 0.6;
  return driver;
}

FaceState moved_by(const MotionStrength& strength, MotionMode mode = MotionMode::relative) {
  return Retargeter(model(), source(), reference, mode, ShiftLimit::torso, std::nullopt, strength)
      .retarget(lively());
}

class Strength : public testing::TestWithParam<MotionMode> {};
INSTANTIATE_TEST_SUITE_P(Modes, Strength, testing::Values(MotionMode::relative, MotionMode::absolute));

TEST_P(Strength, OfNothingIsThePhoto) {
  const FaceState state = moved_by({0, 0, 0, 0}, GetParam());
  EXPECT_LT(state.pose.rotation.angularDistance(source().pose.rotation), 1e-7);
  EXPECT_NEAR(state.pose.scale, source().pose.scale, tolerance);
  EXPECT_LT((state.pose.translation - source().pose.translation).norm(), tolerance);
  EXPECT_LT((state.expression - source().expression).norm(), 1e-6);
  EXPECT_LT((state.gaze.left - source().gaze.left).norm(), tolerance);
}

TEST_P(Strength, OfOnePartMovesThatPartAlone) {
  const FaceState all = moved_by({}, GetParam());
  const FaceState brows = moved_by({0, 0, 1, 0}, GetParam());
  const Eigen::Index brow = model().expression_index("browInnerUp_L");
  const Eigen::Index smile = model().expression_index("mouthSmile_L");
  EXPECT_EQ(brows.expression(brow), all.expression(brow));
  EXPECT_NE(all.expression(brow), source().expression(brow));
  EXPECT_EQ(brows.expression(smile), source().expression(smile));
  EXPECT_LT(brows.pose.rotation.angularDistance(source().pose.rotation), 1e-7);
  EXPECT_NEAR(source_mouth(brows), gauge().measure(source().identity, source().expression).mouth, 1e-6);
  EXPECT_NEAR(source_left_eye(brows), gauge().measure(source().identity, source().expression).left_eye, 1e-6);

  const FaceState pose = moved_by({0, 0, 0, 1}, GetParam());
  EXPECT_LT(pose.pose.rotation.angularDistance(all.pose.rotation), 1e-7);
  EXPECT_EQ(pose.pose.scale, all.pose.scale);
  EXPECT_LT((pose.expression - source().expression).norm(), 1e-6);

  const FaceState eyes = moved_by({0, 1, 0, 0}, GetParam());
  EXPECT_EQ(eyes.gaze.left, all.gaze.left);
  EXPECT_NEAR(source_left_eye(eyes), source_left_eye(all), 1e-6);
  EXPECT_EQ(eyes.expression(smile), source().expression(smile));
}

TEST(Strength, ScalesTheWayFromThePhoto) {
  const FaceState half = moved_by({0.5, 0.5, 0.5, 0.5});
  EXPECT_NEAR(head_angles(half.pose.rotation * source().pose.rotation.conjugate()).yaw_deg, 10, 1e-7);
  EXPECT_NEAR(half.pose.scale, 12.0 * std::sqrt(1.05), tolerance);
  EXPECT_NEAR(half.pose.translation.x(), 203, tolerance);
  EXPECT_NEAR(half.gaze.left.x(), 0.1 + 0.5 * 0.2, tolerance);
  EXPECT_NEAR(half.expression(model().expression_index("browInnerUp_L")), 0.2 + 0.5 * brow_gain * 0.3,
              tolerance);
  const double photo = gauge().measure(source().identity, source().expression).mouth;
  EXPECT_NEAR(source_mouth(half), photo + 0.5 * mouth_gain * (lively().openings.mouth - photo), 1e-6);
  const auto left_lid = [](const MotionStrength& strength) {
    return Retargeter(model(), source(), reference, MotionMode::relative, ShiftLimit::torso, std::nullopt,
                      strength)
        .lid_ratios(lively())
        .left_eye;
  };
  EXPECT_LT(left_lid({}), 0.7);
  EXPECT_NEAR(left_lid({1, 0.5, 1, 1}), 0.5 + 0.5 * left_lid({}), tolerance);
}

TEST(Strength, MayExaggerate) {
  const FaceState state = moved_by({1, 1, 1.5, 2});
  EXPECT_NEAR(head_angles(state.pose.rotation * source().pose.rotation.conjugate()).yaw_deg, 40, 1e-7);
  EXPECT_NEAR(state.expression(model().expression_index("browInnerUp_L")), 0.2 + 1.5 * brow_gain * 0.3,
              tolerance);
}

TEST(Strength, HasBounds) {
  EXPECT_NO_THROW(MotionStrength({0, 1, greatest_strength, 2}).validate());
  EXPECT_THROW(MotionStrength({-0.1, 1, 1, 1}).validate(), UsageError);
  EXPECT_THROW(MotionStrength({1, 3.1, 1, 1}).validate(), UsageError);
  EXPECT_THROW(MotionStrength({1, 1, NAN, 1}).validate(), UsageError);
  try {
    MotionStrength({1, 1, 9, 1}).validate();
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(), "--strength of brows must lie between 0 and 3");
  }
}

TEST(Strength, EveryExpressionBelongsToAPart) {
  const Eigen::VectorXd strengths = expression_strengths(
      {0.1, 0.2, 0.3, 0.4}, {"browDown_L", "eyeBlink_R", "jawOpen", "cheekPuff_L", "noseSneer_L"});
  EXPECT_EQ(strengths, (Eigen::VectorXd(5) << 0.3, 0.2, 0.1, 0.1, 0.1).finished());
}

TEST(Retarget, RefusesMotionOfAnotherModel) {
  MotionFrame other = reference;
  other.expression = Eigen::VectorXd::Zero(7);
  EXPECT_THROW(Retargeter(model(), source(), other, MotionMode::relative), InputError);
}

TEST(BestReference, PrefersTheFrameThatLooksLikeThePhoto) {
  const FaceOpenings openings = gauge().measure(source().identity, source().expression);
  Eigen::VectorXd open = source().expression;
  open(model().expression_index("jawOpen")) = 0.5;
  const MotionFrame other = frame(0, 6.0, {100, 80}, open);
  const MotionFrame alike = frame(0, 6.0, {100, 80}, source().expression);
  EXPECT_EQ(best_reference(model(), source(), openings, {&other, &alike, &other}), 1U);
}

TEST(BestReference, PrefersTheMiddleOfTheMovement) {
  const FaceOpenings openings = gauge().measure(source().identity, source().expression);
  const MotionFrame left = frame(-30, 6.0, {100, 80}, rest());
  const MotionFrame middle = frame(0, 6.0, {100, 80}, rest());
  const MotionFrame right = frame(30, 6.0, {100, 80}, rest());
  EXPECT_EQ(best_reference(model(), source(), openings, {&left, &middle, &right}), 1U);
}

TEST(BestReference, ComparesWhatExpressionsShowInsteadOfTheirWeights) {
  const FaceOpenings openings = gauge().measure(source().identity, source().expression);
  Eigen::VectorXd alike = source().expression;
  alike(model().expression_index("eyeSquint_L")) = 1;
  Eigen::VectorXd other = source().expression;
  other(model().expression_index("mouthSmile_L")) -= 0.6;
  MotionFrame squinting = frame(0, 6.0, {100, 80}, alike);
  MotionFrame smiling_less = frame(0, 6.0, {100, 80}, other);
  squinting.openings = smiling_less.openings = openings;
  EXPECT_EQ(best_reference(model(), source(), openings, {&smiling_less, &squinting}), 1U);
}

TEST(BestReference, PrefersAUsualMouthToARareOneThatIsAsNear) {
  const FaceOpenings openings = gauge().measure(source().identity, source().expression);
  const auto smiling = [&](double more) {
    Eigen::VectorXd beta = source().expression;
    beta(model().expression_index("mouthSmile_L")) += more;
    return frame(0, 6.0, {100, 80}, beta);
  };
  const MotionFrame rare = smiling(0.1);
  const MotionFrame usual = smiling(-0.1);
  EXPECT_NE(best_reference(model(), source(), openings, {&rare, &usual, &usual, &usual}), 0U);
}

TEST(BestReference, PrefersEyesAsOpenAsUsualToASquintLikeThePhotos) {
  FaceOpenings squint = gauge().measure(source().identity, source().expression);
  MotionFrame usual = frame(0, 6.0, {100, 80}, source().expression);
  MotionFrame like_photo = usual;
  usual.openings.right_eye = usual.openings.left_eye = 0.10;
  like_photo.openings.right_eye = like_photo.openings.left_eye = 0.07;
  squint.right_eye = squint.left_eye = 0.07;
  EXPECT_NE(best_reference(model(), source(), squint, {&usual, &like_photo, &usual, &usual}), 1U);
}

TEST(BestReference, IgnoresLostFramesAndNeedsOne) {
  const FaceOpenings openings = gauge().measure(source().identity, source().expression);
  MotionFrame lost = frame(0, 6.0, {100, 80}, source().expression);
  lost.tracked = false;
  const MotionFrame other = frame(20, 6.0, {100, 80}, rest());
  EXPECT_EQ(best_reference(model(), source(), openings, {&lost, &other}), 1U);
  EXPECT_THROW(best_reference(model(), source(), openings, {&lost}), InputError);
}

/// Frames of a driver with these gaps, the right eye a little wider than the left.
std::vector<MotionFrame> frames_with_gaps(std::initializer_list<double> gaps) {
  std::vector<MotionFrame> frames;
  for (const double gap : gaps) {
    frames.push_back(reference);
    frames.back().lid_gaps = LidGaps{gap + 0.02, gap};
  }
  return frames;
}

std::vector<const MotionFrame*> pointers(const std::vector<MotionFrame>& frames) {
  std::vector<const MotionFrame*> all;
  for (const MotionFrame& frame : frames) all.push_back(&frame);
  return all;
}

TEST(UsualLids, ASquintInTheReferenceDoesNotMakeTheRestAStare) {
  const std::vector<MotionFrame> frames = frames_with_gaps({0.20, 0.30, 0.30, 0.08, 0.30, 0.30});
  const MotionFrame then = with_usual_lids(frames[0], pointers(frames));
  const Retargeter retargeter(model(), source(), then, MotionMode::relative);
  EXPECT_NEAR(retargeter.lid_ratios(frames[1]).right_eye, 1, tolerance);
  EXPECT_NEAR(retargeter.lid_ratios(frames[1]).left_eye, 1, tolerance);
  EXPECT_LT(retargeter.lid_ratios(frames[0]).left_eye, 0.8);
  EXPECT_EQ(then.index, frames[0].index);
  EXPECT_EQ(then.expression, frames[0].expression);
}

TEST(UsualLids, LostFramesCountForNothing) {
  std::vector<MotionFrame> frames = frames_with_gaps({0.20, 0.30, 0.30, 0.30});
  for (std::size_t i = 1; i < frames.size(); ++i) frames[i].tracked = false;
  EXPECT_NEAR(with_usual_lids(frames[0], pointers(frames)).lid_gaps->left_eye, 0.20, tolerance);
}

TEST(UsualLids, FramesWithoutGapsStayWithout) {
  const std::vector<MotionFrame> frames = {reference, reference};
  EXPECT_FALSE(with_usual_lids(frames[0], pointers(frames)).lid_gaps.has_value());
}

}  // namespace
}  // namespace reenact
