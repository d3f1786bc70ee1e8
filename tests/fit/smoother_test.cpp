#include "reenact/fit/smoother.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <random>

#include "fit/fit_cases.h"
#include "reenact/core/error.h"

namespace reenact::test {
namespace {

constexpr double frame_s = 1.0 / 25.0;
constexpr double degree = M_PI / 180.0;

MotionFrame rest() {
  MotionFrame frame;
  frame.pose = {Eigen::Quaterniond::Identity(), 20.0, {300, 200}};
  frame.expression = Eigen::VectorXd::Zero(face().expression_count());
  return frame;
}

double root_mean_square(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return std::sqrt(sum / static_cast<double>(values.size()));
}

TEST(MotionSmoother, FirstFrameAndConstantMotionPassUnchanged) {
  MotionSmoother smoother(face(), {});
  MotionFrame frame = rest();
  frame.expression.setConstant(0.3);
  frame.pose.rotation = rotation_from_angles({20, 10, 5});
  for (int i = 0; i < 10; ++i) {
    const MotionFrame smoothed = smoother.smooth(frame, i * frame_s);
    EXPECT_LT(smoothed.pose.rotation.angularDistance(frame.pose.rotation), 1e-7);
    EXPECT_TRUE(smoothed.expression.isApprox(frame.expression, 1e-12));
    EXPECT_TRUE(smoothed.pose.translation.isApprox(frame.pose.translation, 1e-12));
    EXPECT_NEAR(smoothed.pose.scale, frame.pose.scale, 1e-9);
  }
}

TEST(MotionSmoother, JitterAtRestIsHalvedOrBetter) {
  MotionSmoother smoother(face(), {});
  std::mt19937 random(2);
  std::normal_distribution<double> normal;
  std::vector<double> turn_in, turn_out, shift_in, shift_out, smile_in, smile_out;
  const Eigen::Index smile = face().expression_index("mouthSmile_L");
  for (int i = 0; i < 300; ++i) {
    MotionFrame frame = rest();
    frame.pose.rotation = rotation_from_angles({0.5 * normal(random), 0, 0});
    frame.pose.translation.x() += 0.4 * normal(random);
    frame.expression[smile] = 0.5 + 0.02 * normal(random);
    const MotionFrame smoothed = smoother.smooth(frame, i * frame_s);
    if (i < 10) continue;
    turn_in.push_back(head_angles(frame.pose.rotation).yaw_deg);
    turn_out.push_back(head_angles(smoothed.pose.rotation).yaw_deg);
    shift_in.push_back(frame.pose.translation.x() - 300);
    shift_out.push_back(smoothed.pose.translation.x() - 300);
    smile_in.push_back(frame.expression[smile] - 0.5);
    smile_out.push_back(smoothed.expression[smile] - 0.5);
  }
  EXPECT_LT(root_mean_square(turn_out), 0.5 * root_mean_square(turn_in));
  EXPECT_LT(root_mean_square(shift_out), 0.5 * root_mean_square(shift_in));
  EXPECT_LT(root_mean_square(smile_out), 0.5 * root_mean_square(smile_in));
}

class FastExpressions : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Names, FastExpressions,
                         testing::Values("eyeBlink_L", "eyeBlink_R", "jawOpen", "mouthClose", "mouthPucker"));

TEST_P(FastExpressions, ThreeFramePulseKeepsNineTenthsOfItsPeak) {
  const Eigen::Index e = face().expression_index(GetParam());
  for (const std::vector<double>& pulse :
       {std::vector<double>{0, 0, 0.6, 1.0, 0.6, 0, 0}, std::vector<double>{0, 0, 1.0, 1.0, 1.0, 0, 0}}) {
    MotionSmoother smoother(face(), {});
    double peak = 0, last = 0;
    for (std::size_t i = 0; i < pulse.size(); ++i) {
      MotionFrame frame = rest();
      frame.expression[e] = pulse[i];
      last = smoother.smooth(frame, static_cast<double>(i) * frame_s).expression[e];
      peak = std::max(peak, last);
    }
    EXPECT_GE(peak, 0.9);
    EXPECT_LE(last, 0.1) << "and it ends with the pulse";
  }
}

TEST(MotionSmoother, ASaccadeArrivesWithinTwoFrames) {
  MotionSmoother smoother(face(), {});
  for (int i = 0; i < 8; ++i) {
    MotionFrame frame = rest();
    frame.gaze.right.x() = frame.gaze.left.x() = i < 5 ? 0.0 : 0.4;
    const MotionFrame smoothed = smoother.smooth(frame, i * frame_s);
    if (i >= 5) {
      EXPECT_GT(smoothed.gaze.left.x(), (i == 5 ? 0.6 : 0.9) * 0.4);
    }
  }
}

/// Smoothed gaps of a driver whose open eyes measure 0.3; `shut` says which eyes each frame shows shut.
std::vector<LidGaps> smoothed_gaps(const std::vector<std::array<bool, 2>>& shut) {
  MotionSmoother smoother(face(), {});
  std::vector<LidGaps> gaps;
  for (std::size_t i = 0; i < shut.size(); ++i) {
    MotionFrame frame = rest();
    frame.lid_gaps = LidGaps{shut[i][0] ? 0.05 : 0.3, shut[i][1] ? 0.05 : 0.3};
    gaps.push_back(*smoother.smooth(frame, static_cast<double>(i) * frame_s).lid_gaps);
  }
  return gaps;
}

TEST(MotionSmoother, AnEyeThatLagsByAFrameInABlinkDoesNotWink) {
  constexpr std::array<bool, 2> open = {false, false}, both = {true, true}, right = {true, false};
  const std::vector<LidGaps> gaps = smoothed_gaps({open, open, open, right, both, both, right, open, open});
  for (const LidGaps& gap : gaps) EXPECT_NEAR(gap.right_eye, gap.left_eye, 1e-9);
  EXPECT_LT(gaps[5].right_eye, 0.12);
  EXPECT_GT(gaps[6].right_eye, 0.2) << "opens with the eye that opens first";
}

TEST(MotionSmoother, WinksStayWinksAndComeAFrameLateAtMost) {
  constexpr std::array<bool, 2> open = {false, false}, right = {true, false};
  const std::vector<LidGaps> gaps =
      smoothed_gaps({open, open, open, open, right, right, right, right, open, open});
  EXPECT_LT(gaps[5].right_eye, 0.18);
  EXPECT_LT(gaps[7].right_eye, 0.08);
  for (const LidGaps& gap : gaps) EXPECT_GT(gap.left_eye, 0.28);
  EXPECT_GT(gaps[8].right_eye, 0.2) << "ends without lag";
}

TEST(MotionSmoother, BlinksOfLidGapsKeepTheirDepthAndLoseJitter) {
  MotionSmoother smoother(face(), {});
  std::mt19937 random(3);
  std::normal_distribution<double> normal;
  std::vector<double> in, out;
  double least = 1;
  for (int i = 0; i < 200; ++i) {
    MotionFrame frame = rest();
    const bool blink = i == 100 || i == 101;
    const double gap = blink ? 0.05 : 0.3 + 0.003 * normal(random);
    frame.lid_gaps = LidGaps{gap, gap};
    const MotionFrame smoothed = smoother.smooth(frame, i * frame_s);
    ASSERT_TRUE(smoothed.lid_gaps);
    if (blink) least = std::min(least, smoothed.lid_gaps->left_eye);
    if (i < 10 || i > 95) continue;
    in.push_back(gap - 0.3);
    out.push_back(smoothed.lid_gaps->left_eye - 0.3);
  }
  EXPECT_LT(least, 0.07);
  EXPECT_LT(root_mean_square(out), 0.8 * root_mean_square(in));
}

TEST(MotionSmoother, SlowTurnIsFollowedWithLittleLag) {
  MotionSmoother smoother(face(), {});
  constexpr double speed_deg = 40;
  double lag_deg = 0;
  for (int i = 0; i < 50; ++i) {
    MotionFrame frame = rest();
    frame.pose.rotation = rotation_from_angles({speed_deg * i * frame_s - 40, 0, 0});
    const MotionFrame smoothed = smoother.smooth(frame, i * frame_s);
    lag_deg = smoothed.pose.rotation.angularDistance(frame.pose.rotation) / degree;
  }
  EXPECT_LT(lag_deg, speed_deg * 2 * frame_s) << "two frames";
}

TEST(MotionSmoother, TranslationIsJudgedInFaceSizesNotPixels) {
  const auto response = [](double size) {
    MotionSmoother smoother(face(), {});
    MotionFrame frame = rest();
    frame.pose.scale *= size;
    smoother.smooth(frame, 0);
    frame.pose.translation.x() += 5 * size;
    return (smoother.smooth(frame, frame_s).pose.translation.x() - 300) / size;
  };
  EXPECT_NEAR(response(1), response(7), 1e-9);
}

TEST(MotionSmoother, OppositeQuaternionsAreTheSameRotation) {
  MotionSmoother smoother(face(), {});
  MotionFrame frame = rest();
  frame.pose.rotation = rotation_from_angles({30, 0, 0});
  smoother.smooth(frame, 0);
  const Eigen::Quaterniond original = frame.pose.rotation;
  frame.pose.rotation.coeffs() *= -1;
  EXPECT_LT(smoother.smooth(frame, frame_s).pose.rotation.angularDistance(original), 1e-7);
}

TEST(MotionSmoother, LostFramesPassThroughAndLeaveNoTrace) {
  MotionSmoother with_loss(face(), {}), without(face(), {});
  MotionFrame frame = rest();
  with_loss.smooth(frame, 0);
  without.smooth(frame, 0);
  MotionFrame lost = rest();
  lost.tracked = false;
  lost.expression.setConstant(0.9);
  EXPECT_EQ(with_loss.smooth(lost, frame_s).expression, lost.expression);
  frame.expression.setConstant(0.5);
  EXPECT_EQ(with_loss.smooth(frame, 2 * frame_s).expression, without.smooth(frame, 2 * frame_s).expression);
}

TEST(MotionSmoother, DisabledItChangesNothing) {
  SmoothingOptions options;
  options.enabled = false;
  MotionSmoother smoother(face(), options);
  MotionFrame frame = rest();
  smoother.smooth(frame, 0);
  frame.expression.setConstant(0.7);
  EXPECT_EQ(smoother.smooth(frame, frame_s).expression, frame.expression);
}

TEST(MotionSmoother, RefusesTimeThatStandsStillAndForeignExpressions) {
  MotionSmoother smoother(face(), {});
  smoother.smooth(rest(), 1.0);
  EXPECT_THROW(smoother.smooth(rest(), 1.0), InputError);
  EXPECT_THROW(smoother.smooth(rest(), std::numeric_limits<double>::quiet_NaN()), InputError);
  MotionFrame foreign = rest();
  foreign.expression.resize(3);
  EXPECT_THROW(smoother.smooth(foreign, 2.0), InputError);
}

TEST(SmoothingOptions, NamesTheFieldThatIsWrong) {
  SmoothingOptions options;
  options.min_cutoff_hz = 0;
  EXPECT_THROW(
      {
        try {
          options.validate();
        } catch (const UsageError& error) {
          EXPECT_NE(std::string(error.what()).find("min_cutoff_hz"), std::string::npos);
          throw;
        }
      },
      UsageError);
}

}  // namespace
}  // namespace reenact::test
