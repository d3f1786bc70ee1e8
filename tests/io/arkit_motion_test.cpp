#include "reenact/io/arkit_motion.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "reenact/core/error.h"
#include "support/files.h"
#include "support/synthetic_face.h"
#include "support/temporary_directory.h"

namespace reenact {
namespace {

constexpr std::size_t blink_left = 0;
constexpr std::size_t jaw_open = 17;

class ArkitMotion : public ::testing::Test {
 protected:
  MotionFrame still() const { return mapping_.motion_of({}, true); }

  MotionHeader header(Rational rate, Rational base) const {
    MotionHeader header;
    header.frame_rate = rate;
    header.time_base = base;
    return header;
  }

  std::vector<ArkitFrame> written(const MotionHeader& header, const std::vector<MotionFrame>& frames) const {
    ArkitFileWriter writer(folder_ / "take.csv", header, model_, true);
    for (const MotionFrame& frame : frames) writer.write(frame);
    writer.finish({});
    writer.commit();
    std::vector<ArkitFrame> read;
    ArkitTake take(folder_ / "take.csv");
    EXPECT_TRUE(take.has(arkit_channel_count - 1));
    while (auto frame = take.read()) read.push_back(*frame);
    return read;
  }

  FaceModel model_ = test::make_synthetic_face();
  ArkitMapping mapping_{model_};
  testing::TemporaryDirectory folder_;
};

TEST_F(ArkitMotion, LookingAndTurningHaveTheSignsOfARecordedTake) {
  // Rows of a published recording: a gaze to the subject's left and up, and one down.
  ArkitValues values{};
  values[arkit::look_out_left] = 0.503;
  values[arkit::look_up_left] = 0.381;
  values[arkit::look_in_right] = 0.597;
  values[arkit::left_eye_yaw] = -0.360;
  values[arkit::left_eye_pitch] = -0.174;
  values[arkit::right_eye_yaw] = -0.303;
  const MotionFrame by_shapes = mapping_.motion_of(values, true);
  const MotionFrame by_angles = mapping_.motion_of(values, false);
  EXPECT_GT(by_shapes.gaze.left.x(), 0.25);
  EXPECT_GT(by_shapes.gaze.left.y(), 0.15);
  EXPECT_NEAR(by_shapes.gaze.left.x(), by_angles.gaze.left.x(), 0.02);
  EXPECT_NEAR(by_shapes.gaze.left.y(), by_angles.gaze.left.y(), 0.02);
  EXPECT_NEAR(by_shapes.gaze.right.x(), by_angles.gaze.right.x(), 0.02);

  values[arkit::head_yaw] = -0.2;
  values[arkit::head_pitch] = -0.1;
  values[arkit::head_roll] = 0.05;
  const HeadAngles head = head_angles(mapping_.motion_of(values, true).pose.rotation);
  EXPECT_NEAR(head.yaw_deg, 0.2 * 180 / M_PI, 1e-9);
  EXPECT_NEAR(head.pitch_deg, 0.1 * 180 / M_PI, 1e-9);
  EXPECT_NEAR(head.roll_deg, 0.05 * 180 / M_PI, 1e-9);
}

TEST_F(ArkitMotion, WhatAModelKnowsOfATakeComesBackTheSame) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  for (int round = 0; round < 20; ++round) {
    ArkitValues values{};
    for (std::size_t e = 0; e < model_.expression_names.size(); ++e) {
      const auto shape = arkit_shape_of_expression(model_.expression_names[e]);
      if (shape) values[*shape] = uniform(random);
    }
    for (const std::size_t pair :
         {arkit::look_down_left, arkit::look_in_left, arkit::look_out_left, arkit::look_up_left,
          arkit::look_down_right, arkit::look_in_right, arkit::look_out_right, arkit::look_up_right}) {
      values[pair] = 0;
    }
    values[arkit::look_out_left] = uniform(random);
    values[arkit::look_down_right] = uniform(random);
    values[arkit::head_yaw] = uniform(random) - 0.5;
    values[arkit::head_pitch] = uniform(random) - 0.5;
    values[arkit::head_roll] = uniform(random) - 0.5;
    const ArkitValues again = mapping_.values_of(mapping_.motion_of(values, true));
    for (std::size_t i = 0; i < arkit::left_eye_yaw; ++i) {
      EXPECT_NEAR(again[i], values[i], 1e-6) << arkit_channel_name(i);
    }
  }
}

TEST_F(ArkitMotion, TimesOfAFileAreThoseOfTheMotion) {
  std::vector<MotionFrame> frames;
  for (int i = 0; i < 100; ++i) {
    frames.push_back(still());
    frames.back().index = i;
    frames.back().timestamp = 1001 * i;
    frames.back().tracked = i != 7;
  }
  const std::vector<ArkitFrame> ntsc = written(header({30000, 1001}, {1, 30000}), frames);
  ASSERT_EQ(ntsc.size(), frames.size());
  for (std::size_t i = 0; i < ntsc.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(ntsc[i].timestamp) / 60000, 1001.0 * static_cast<double>(i) / 30000,
                1e-5);
    EXPECT_TRUE(ntsc[i].tracked) << "a lost face is written as it is held";
  }
  for (std::size_t i = 0; i < frames.size(); ++i) frames[i].timestamp = static_cast<std::int64_t>(i);
  const std::vector<ArkitFrame> pal = written(header({25, 1}, {1, 25}), frames);
  EXPECT_EQ(pal.back().timestamp, 99'000);
}

TEST_F(ArkitMotion, BlinksAreAsDeepAsThePictureShowsThem) {
  std::vector<MotionFrame> frames;
  for (int i = 0; i < 200; ++i) {
    frames.push_back(still());
    frames.back().index = frames.back().timestamp = i;
    const bool shut = i == 50 || i == 180;
    frames.back().lid_gaps = LidGaps{0.3, shut ? 0.06 : 0.3};
    frames.back().starts_shot = i == 150;
  }
  const std::vector<ArkitFrame> read = written(header({25, 1}, {1, 25}), frames);
  for (int i = 0; i < 200; ++i) {
    EXPECT_NEAR(read[static_cast<std::size_t>(i)].values[blink_left], i == 50 || i == 180 ? 1 : 0, 1e-9) << i;
    EXPECT_NEAR(read[static_cast<std::size_t>(i)].values[7], 0, 1e-9);
  }
}

TEST_F(ArkitMotion, LipsThatTouchInThePictureShutTheJaw) {
  MotionFrame frame = still();
  frame.expression[model_.expression_index("jawOpen")] = 0.3;
  frame.openings = OpeningGauge(model_).measure({}, still().expression);
  EXPECT_NEAR(mapping_.values_of(frame)[jaw_open], 0, 0.02);
}

TEST_F(ArkitMotion, AModelWithoutTheseExpressionsSaysSo) {
  FaceModel model = model_;
  for (std::string& name : model.expression_names) name = "mode " + name;
  EXPECT_THROW(ArkitMapping{model}, ModelError);
}

TEST_F(ArkitMotion, AFileThatExistsStays) {
  written(header({25, 1}, {1, 25}), {still()});
  EXPECT_THROW(ArkitFileWriter(folder_ / "take.csv", header({25, 1}, {1, 25}), model_, false), OutputError);
}

TEST_F(ArkitMotion, AFileThatAnotherMadeMeanwhileStays) {
  ArkitFileWriter writer(folder_ / "take.csv", header({25, 1}, {1, 25}), model_, false);
  writer.write(still());
  testing::write_text(folder_ / "take.csv", "precious");
  writer.finish({});
  EXPECT_THROW(writer.commit(), OutputError);
  EXPECT_EQ(testing::read_text(folder_ / "take.csv"), "precious");
}

}  // namespace
}  // namespace reenact
