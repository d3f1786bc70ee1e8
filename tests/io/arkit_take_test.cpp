#include "reenact/io/arkit_take.h"

#include <gtest/gtest.h>

#include "io/timecode.h"
#include "reenact/core/error.h"
#include "support/files.h"
#include "support/temporary_directory.h"

namespace reenact {
namespace {

class Take : public ::testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    testing::write_text(folder_ / name, text);
    return folder_ / name;
  }

  /// What is said of a file that is refused.
  template <typename Failure = InputError>
  std::string refusal(const std::string& name, const std::string& text,
                      const std::optional<Rational>& rate = std::nullopt) const {
    try {
      ArkitTake take(write(name, text), rate);
    } catch (const Failure& error) {
      return error.what();
    }
    return "accepted";
  }

  testing::TemporaryDirectory folder_;
};

constexpr std::size_t jaw_open = 17;

TEST_F(Take, NamesOfChannelsAreThoseOfLiveLinkFaceInWhateverSpelling) {
  EXPECT_STREQ(arkit_channel_name(0), "EyeBlinkLeft");
  EXPECT_STREQ(arkit_channel_name(jaw_open), "JawOpen");
  EXPECT_STREQ(arkit_channel_name(arkit::right_eye_pitch), "RightEyePitch");
  for (const char* name : {"JawOpen", "jawOpen", "JAWOPEN"}) EXPECT_EQ(arkit_channel(name), jaw_open);
  EXPECT_EQ(arkit_channel("eyeBlink_R"), arkit_channel("EyeBlinkRight"));
  EXPECT_EQ(arkit_channel("cheekPuff_L"), std::nullopt);
  EXPECT_EQ(arkit_shape_of_expression("cheekPuff_L"), arkit_channel("cheekPuff"));
  EXPECT_EQ(arkit_shape_of_expression("headYaw"), std::nullopt);
  EXPECT_EQ(arkit_shape_of_expression("surprise"), std::nullopt);
}

TEST_F(Take, TimecodesAreReadAsTheyAreWritten) {
  for (const std::int64_t at : {0LL, 999LL, 59'999LL, 60'000LL, 3'599'123'456LL}) {
    const auto code = parse_timecode(timecode_text(at, 60));
    ASSERT_TRUE(code);
    EXPECT_EQ((code->seconds * 60 + code->frame) * 1000 + code->thousandths, at);
  }
  EXPECT_EQ(parse_timecode("17:05:33:12.5")->thousandths, 500);
  EXPECT_EQ(timecode_text(86400LL * 60 * 1000, 60), "00:00:00:00.000");
  for (const char* bad : {"", "1:2:3", "24:00:00:00", "00:60:00:00", "00:00:60:00", "00:00:00:00.",
                          "00:00:00:1234", "00:00:00:00.000x", "-1:00:00:00", "00;00;00;00"}) {
    EXPECT_FALSE(parse_timecode(bad)) << bad;
  }
}

TEST_F(Take, ReadsACsvOfLiveLinkFaceWithItsOwnTimes) {
  const auto path = write("take.csv",
                          "Timecode,BlendshapeCount,JawOpen,eyeBlink_L,HeadYaw\r\n"
                          "23:59:59:56.500,61,0.25,1.0,-0.1\r\n"
                          "23:59:59:58.500,0,,,\r\n"
                          "00:00:00:00.500,61,-0.01,0.5,0.2\r\n");
  ArkitTake take(path);
  EXPECT_EQ(take.frame_rate(), (Rational{30, 1}));
  EXPECT_EQ(take.time_base(), (Rational{1, 60000}));
  EXPECT_TRUE(take.has(jaw_open));
  EXPECT_FALSE(take.has(arkit::look_out_left));
  std::optional<ArkitFrame> frame = take.read();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->timestamp, 0);
  EXPECT_TRUE(frame->tracked);
  EXPECT_EQ(frame->values[jaw_open], 0.25);
  EXPECT_EQ(frame->values[0], 1.0);
  EXPECT_EQ(frame->values[arkit::head_yaw], -0.1);
  frame = take.read();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->timestamp, 2000);
  EXPECT_FALSE(frame->tracked);
  frame = take.read();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->timestamp, 4000) << "midnight is no way back";
  EXPECT_EQ(frame->values[jaw_open], 0.0);
  EXPECT_FALSE(take.read());
  ASSERT_EQ(take.notes().size(), 1U);
  EXPECT_NE(take.notes()[0].find("has 2 of ARKit's 52"), std::string::npos);
}

TEST_F(Take, ANamedRateCountsExactly) {
  const std::string text = "timecode,jawOpen\n00:00:00:00,0\n00:00:00:29,0\n00:00:01:00,1\n";
  ArkitTake take(write("take.csv", text), Rational{60000, 2002});
  EXPECT_EQ(take.time_base(), (Rational{1001, 30000 * 1000}));
  take.read();
  take.read();
  EXPECT_EQ(take.read()->timestamp, 30'000);
  EXPECT_NE(refusal<UsageError>("take.csv", text, Rational{24, 1}).find("count to frame 29"),
            std::string::npos);
  EXPECT_NE(refusal<UsageError>("take.csv", text, Rational{1'000'000'007, 33'333'333}).find("too fine"),
            std::string::npos);
}

TEST_F(Take, OtherTimesAreSecondsOrARate) {
  ArkitTake timed(write("timed.csv", "time,jawOpen\n10.0,0\n10.0333667,0.5\n10.0667333,1\n"));
  EXPECT_EQ(timed.frame_rate(), (Rational{30000, 1001}));
  EXPECT_EQ(timed.time_base(), (Rational{1, 1'000'000}));
  timed.read();
  EXPECT_EQ(timed.read()->timestamp, 33'367);

  ArkitTake plain(write("plain.csv", "\"jawOpen\",unknown\n\n0.5,abc\n1,\n"));
  EXPECT_EQ(plain.frame_rate(), usual_take_rate);
  EXPECT_EQ(plain.notes().size(), 2U);
  plain.read();
  EXPECT_EQ(plain.read()->timestamp, 1);
  ArkitTake rated(folder_ / "plain.csv", Rational{24000, 1001});
  EXPECT_EQ(rated.frame_rate(), (Rational{24000, 1001}));
}

TEST_F(Take, ReadsJsonInThreeShapes) {
  const std::string table = R"({"exportFps": 29.97, "facsNames": ["jawOpen", "eyeBlinkLeft", "other"],
                               "weightMat": [[0, 1, 7], [0.5, 0, 7]]})";
  const std::string list =
      R"([{"timecode": "00:00:00:00.0", "blendShapes": {"jawOpen": 0, "eyeBlinkLeft": 1}},
                               {"timecode": "00:00:01:00.0", "blendShapes": {"jawOpen": 0.5}}])";
  const std::string frames =
      R"({"fps": 25, "frames": [{"jawOpen": 0, "eyeBlinkLeft": 1}, {"jawOpen": 0.5}]})";
  for (const std::string& text : {table, list, frames}) {
    ArkitTake take(write("take.json", text));
    EXPECT_EQ(take.read()->values[0], 1.0);
    EXPECT_EQ(take.read()->values[jaw_open], 0.5);
    EXPECT_FALSE(take.read());
  }
  EXPECT_EQ(ArkitTake(write("table.json", table)).frame_rate(), (Rational{30000, 1001}));
  EXPECT_EQ(ArkitTake(write("frames.json", frames)).frame_rate(), (Rational{25, 1}));
}

TEST_F(Take, WhatIsNoTakeIsRefusedWithItsPlace) {
  const auto refused = [&](const std::string& name, const std::string& text, const std::string& why) {
    const std::string said = refusal(name, text);
    EXPECT_NE(said.find(why), std::string::npos) << text.substr(0, 80) << " -> " << said;
  };
  refused("a.csv", "", "does not name columns");
  refused("a.csv", "source,driver\na,b\n", "none of ARKit's blend shapes");
  refused("a.csv", "HeadYaw\n0\n", "none of ARKit's blend shapes");
  refused("a.csv", "jawOpen\n", "no frame with a face");
  refused("a.csv", "jawOpen,JawOpen\n0,0\n", "twice");
  refused("a.csv", "jawOpen\n0\nx\n", "line 3 has 'x'");
  refused("a.csv", "jawOpen\nnan\n", "line 2");
  refused("a.csv", "jawOpen\n1e999\n", "line 2");
  refused("a.csv", "jawOpen\n55\n", "line 2 gives JawOpen a number outside of 0 to 1");
  refused("a.csv", "jawOpen,headYaw\n0,12\n", "radians");
  refused("a.csv", "jawOpen\n0,1\n", "more fields");
  refused("a.csv", "timecode,jawOpen\n12,0\n", "no timecode");
  refused("a.csv", "timecode,jawOpen\n00:00:00:01,0\n00:00:00:01,0\n", "line 3 does not come after");
  refused("a.csv", "time,jawOpen\n1,0\n0.5,0\n", "line 3 does not come after");
  refused("a.csv", "time,jawOpen\n1e300,0\n", "no usable time");
  refused("a.csv", "jawOpen\n\"0\n", "line 2 has a quoted field");
  refused("a.csv", "jawOpen\n" + std::string(1U << 17U, '0'), "longer than");
  refused("a.csv", std::string(1U << 17U, ','), "longer than");
  refused("a.json", "", "not JSON");
  refused("a.json", std::string(100000, '['), "not JSON");
  refused("a.json", "3", "neither a list");
  refused("a.json", "{}", "no lists 'names'");
  refused("a.json", "[]", "none of ARKit's");
  refused("a.json", "[3]", "frame 0 is not an object");
  refused("a.json", R"([{"jawOpen": "wide"}])", "frame 0 holds something else");
  refused("a.json", R"([{"jawOpen": 7}])", "outside of 0 to 1");
  refused("a.json", R"([{"time": 0, "jawOpen": 0}, {"jawOpen": 0}])", "frame 1 does not tell its time");
  refused("a.json", R"({"names": ["jawOpen"], "weights": [[0, 1]]})", "as many numbers");
  refused("a.json", R"({"fps": 0, "frames": []})", "frame rate");
  refused("a.json", R"({"names": ["jawOpen", "JawOpen"], "weights": []})", "twice");
  EXPECT_THROW(ArkitTake(folder_ / "none.csv"), InputError);
  EXPECT_THROW(ArkitTake(folder_.path()), InputError);
}

}  // namespace
}  // namespace reenact
