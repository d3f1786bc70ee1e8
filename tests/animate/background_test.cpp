#include "reenact/animate/background.h"

#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "animate/background_pictures.h"
#include "reenact/core/error.h"
#include "reenact/media/video_writer.h"
#include "support/temporary_directory.h"

namespace reenact {
namespace {

TEST(Background, IsReadAndWritten) {
  EXPECT_EQ(parse_background("keep").kind, Background::Kind::keep);
  EXPECT_EQ(parse_background("transparent").kind, Background::Kind::transparent);
  const Background colour = parse_background("#20A0fF");
  EXPECT_EQ(colour.kind, Background::Kind::colour);
  EXPECT_EQ(colour.rgb, (std::array<std::uint8_t, 3>{0x20, 0xA0, 0xFF}));
  const Background file = parse_background("dir/keep");
  EXPECT_EQ(file.kind, Background::Kind::file);
  EXPECT_EQ(file.file, "dir/keep");
  for (const char* text : {"keep", "transparent", "#20a0ff", "beach.jpg"}) {
    EXPECT_EQ(text_of(parse_background(text)), text);
  }
}

TEST(Background, RefusesWhatIsNoColour) {
  for (const char* text : {"", "#", "#12345", "#1234567", "#12345g", "#-12345"}) {
    EXPECT_THROW(parse_background(text), UsageError) << text;
  }
}

TEST(BackgroundPictures, AreOneColour) {
  BackgroundPictures pictures(parse_background("#102030"), {6, 4});
  EXPECT_TRUE(pictures.show(0));
  EXPECT_FALSE(pictures.show(7));
  EXPECT_EQ(pictures.picture().at<cv::Vec3b>(3, 5), cv::Vec3b(0x30, 0x20, 0x10));
}

TEST(BackgroundPictures, CoverTheOutputWithTheMiddleOfAPicture) {
  const testing::TemporaryDirectory folder;
  cv::Mat wide(40, 120, CV_8UC3, cv::Scalar(0, 0, 255));
  wide.colRange(40, 80).setTo(cv::Scalar(255, 0, 0));
  cv::imwrite((folder.path() / "wide.png").string(), wide);
  Background background;
  background.kind = Background::Kind::file;
  background.file = folder.path() / "wide.png";
  for (const cv::Size size : {cv::Size(20, 20), cv::Size(100, 100)}) {
    BackgroundPictures pictures(background, size);
    EXPECT_TRUE(pictures.show(0));
    ASSERT_EQ(pictures.picture().size(), size);
    EXPECT_EQ(cv::norm(pictures.picture(), cv::Mat(size, CV_8UC3, cv::Scalar(255, 0, 0)), cv::NORM_INF), 0);
  }
}

/// Five frames of 0.1 s whose grey levels are 40, 80, 120, 160, 200.
Background grey_steps(const std::filesystem::path& file) {
  VideoWriterOptions options;
  options.frame_rate = {10, 1};
  options.time_base = {1, 10};
  VideoWriter writer(file, {64, 64}, options);
  for (int i = 0; i < 5; ++i) writer.write(cv::Mat(64, 64, CV_8UC3, cv::Scalar::all(40 * (i + 1))), i);
  writer.finish();
  writer.commit();
  Background background;
  background.kind = Background::Kind::file;
  background.file = file;
  return background;
}

TEST(BackgroundPictures, RepeatAVideoAtTheOutputsTimes) {
  const testing::TemporaryDirectory folder;
  BackgroundPictures pictures(grey_steps(folder.path() / "steps.mp4"), {32, 32});
  const auto grey_at = [&](double seconds) {
    pictures.show(seconds);
    return static_cast<double>(pictures.picture().at<cv::Vec3b>(16, 16)[1]);
  };
  const std::pair<double, int> expected[] = {{0, 40},     {0.05, 40},  {0.1, 80},  {0.35, 160},
                                             {0.4, 200},  {0.49, 200}, {0.5, 40},  {0.6, 80},
                                             {0.95, 200}, {1.31, 160}, {7.05, 40}, {1007.25, 120}};
  for (const auto& [seconds, grey] : expected) EXPECT_NEAR(grey_at(seconds), grey, 4) << seconds;
}

TEST(BackgroundPictures, SayWhenAnotherFrameIsShown) {
  const testing::TemporaryDirectory folder;
  BackgroundPictures pictures(grey_steps(folder.path() / "steps.mp4"), {32, 32});
  EXPECT_TRUE(pictures.show(0));
  EXPECT_FALSE(pictures.show(0.09));
  EXPECT_TRUE(pictures.show(0.12));
  EXPECT_FALSE(pictures.show(0.13));
  EXPECT_TRUE(pictures.show(0.51));
}

TEST(BackgroundPictures, ThrowForAFileThatIsNone) {
  Background background;
  background.kind = Background::Kind::file;
  background.file = REENACT_SOURCE_DIR "/README.md";
  EXPECT_THROW(BackgroundPictures(background, {8, 8}), InputError);
}

}  // namespace
}  // namespace reenact
