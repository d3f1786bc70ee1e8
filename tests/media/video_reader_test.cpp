#include "reenact/media/video_reader.h"

#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>

#include "reenact/core/error.h"
#include "support/media_samples.h"
#include "support/temporary_directory.h"

namespace reenact {
namespace {

using testing::make_with_ffmpeg;
using testing::probe_frame_times;
using testing::TemporaryDirectory;

const std::string test_picture = "-f lavfi -i testsrc=size=160x120:rate=";

std::vector<std::int64_t> read_times(VideoReader& reader) {
  std::vector<std::int64_t> times;
  while (const auto frame = reader.read()) {
    EXPECT_EQ(frame->index, static_cast<std::int64_t>(times.size()));
    EXPECT_EQ(frame->image.size(), cv::Size(reader.info().width, reader.info().height));
    times.push_back(frame->timestamp);
  }
  return times;
}

std::vector<std::int64_t> expected_times(const std::filesystem::path& file) {
  std::vector<std::int64_t> times = probe_frame_times(file);
  for (auto it = times.rbegin(); it != times.rend(); ++it) *it -= times.front();
  return times;
}

std::string message_of_reading(const std::filesystem::path& path) {
  try {
    VideoReader reader(path);
    read_times(reader);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

class VideoReaderTest : public ::testing::Test {
 protected:
  TemporaryDirectory folder_;
};

struct Container {
  const char* name;
  const char* arguments;
};

class ExactTimestamps : public VideoReaderTest, public ::testing::WithParamInterface<Container> {};

TEST_P(ExactTimestamps, EqualTheContainers) {
  const auto file = folder_ / GetParam().name;
  make_with_ffmpeg(GetParam().arguments, file);
  VideoReader reader(file);
  const auto expected = expected_times(file);
  ASSERT_GT(expected.size(), 20U);
  EXPECT_EQ(read_times(reader), expected);
}

INSTANTIATE_TEST_SUITE_P(
    Containers, ExactTimestamps,
    ::testing::Values(
        Container{"ntsc.mp4",
                  "-f lavfi -i testsrc=size=160x120:rate=30000/1001:duration=2 -c:v libx264 -bf 3"},
        Container{
            "late_start.ts",
            "-f lavfi -i testsrc=size=160x120:rate=30000/1001:duration=2 -c:v libx264 -output_ts_offset 5"},
        Container{"milliseconds.mkv",
                  "-f lavfi -i testsrc=size=160x120:rate=30000/1001:duration=2 -c:v libx264"},
        Container{"variable.mp4",
                  "-f lavfi -i testsrc=size=160x120:rate=25:duration=2 -vf setpts='PTS+floor(N/3)*0.013/TB' "
                  "-vsync vfr -enc_time_base 1/90000 -c:v libx264"},
        Container{"vp8.webm",
                  "-f lavfi -i testsrc=size=160x120:rate=30:duration=2 -c:v libvpx -auto-alt-ref 1 "
                  "-lag-in-frames 16"},
        Container{"intra.avi", "-f lavfi -i testsrc=size=160x120:rate=24000/1001:duration=2 -c:v mjpeg"}),
    [](const auto& info) {
      const std::string name = info.param.name;
      return name.substr(0, name.find('.'));
    });

TEST_F(VideoReaderTest, StatesExactRateTimeBaseAndCount) {
  const auto file = folder_ / "ntsc.mp4";
  make_with_ffmpeg(test_picture + "30000/1001:duration=2 -c:v libx264", file);
  const VideoReader reader(file);
  const VideoInfo& info = reader.info();
  EXPECT_EQ(info.frame_rate, (Rational{30000, 1001}));
  EXPECT_EQ(info.time_base, (Rational{1, 30000}));
  EXPECT_EQ(info.frame_count, 60);
  EXPECT_NEAR(info.duration_s, 60 * 1001 / 30000.0, 1e-6);
  EXPECT_FALSE(info.has_audio);
}

TEST_F(VideoReaderTest, CountsFramesWithoutTimesEvenly) {
  const auto file = folder_ / "reordered.avi";
  make_with_ffmpeg(test_picture + "25:duration=2 -c:v mpeg4 -bf 2", file);
  VideoReader reader(file);
  const auto times = read_times(reader);
  ASSERT_EQ(times.size(), 50U);
  for (std::size_t i = 0; i < times.size(); ++i) EXPECT_EQ(times[i], static_cast<std::int64_t>(i));
}

TEST_F(VideoReaderTest, ReadsAVideoTrimmedByAnEditListToItsEnd) {
  make_with_ffmpeg(test_picture + "25:duration=4 -c:v libx264", folder_ / "whole.mp4");
  const auto file = folder_ / "trimmed.mp4";
  make_with_ffmpeg("-ss 1.3 -i '" + (folder_ / "whole.mp4").string() + "' -c copy", file);
  VideoReader reader(file);
  const auto expected = expected_times(file);
  ASSERT_LT(expected.size(), 80U);
  EXPECT_EQ(read_times(reader), expected);
}

TEST_F(VideoReaderTest, TurnsRotatedVideosUpright) {
  const auto upright = folder_ / "upright.mp4";
  make_with_ffmpeg(test_picture + "25:duration=1 -c:v libx264 -crf 1", upright);
  const auto rotated = folder_ / "rotated.mp4";
  make_with_ffmpeg("-i '" + upright.string() + "' -c copy -metadata:s:v rotate=90", rotated);
  VideoReader reader(rotated);
  EXPECT_EQ(reader.info().width, 120);
  EXPECT_EQ(reader.info().height, 160);
  cv::Mat expected;
  cv::rotate(VideoReader(upright).read()->image, expected, cv::ROTATE_90_CLOCKWISE);
  EXPECT_EQ(cv::norm(reader.read()->image, expected, cv::NORM_INF), 0);
}

TEST_F(VideoReaderTest, FramesOwnTheirMemory) {
  const auto file = folder_ / "video.mp4";
  make_with_ffmpeg(test_picture + "25:duration=1 -c:v libx264", file);
  VideoReader reader(file);
  const cv::Mat first = reader.read()->image;
  const cv::Mat copy = first.clone();
  while (reader.read()) {
  }
  EXPECT_EQ(cv::norm(first, copy, cv::NORM_INF), 0);
}

TEST_F(VideoReaderTest, ReadsAFolderInNaturalOrder) {
  for (const int number : {10, 9, 1, 2}) {
    cv::imwrite((folder_ / ("frame" + std::to_string(number) + ".png")).string(),
                cv::Mat(40, 60, CV_8UC3, cv::Scalar::all(number)));
  }
  VideoReader reader(folder_.path(), {30000, 1001});
  EXPECT_EQ(reader.info().frame_count, 4);
  EXPECT_EQ(reader.info().time_base, (Rational{1001, 30000}));
  for (const int number : {1, 2, 9, 10}) {
    const auto frame = reader.read();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->image.at<cv::Vec3b>(0, 0)[0], number);
    EXPECT_EQ(frame->timestamp, frame->index);
  }
  EXPECT_FALSE(reader.read());
}

TEST_F(VideoReaderTest, ReadsOneImageAsOneFrame) {
  const auto file = folder_ / "single.png";
  cv::imwrite(file.string(), cv::Mat(40, 60, CV_8UC3, cv::Scalar::all(7)));
  VideoReader reader(file);
  EXPECT_EQ(read_times(reader), std::vector<std::int64_t>{0});
}

TEST_F(VideoReaderTest, RefusesAFolderOfMixedSizes) {
  cv::imwrite((folder_ / "1.png").string(), cv::Mat(40, 60, CV_8UC3, cv::Scalar::all(7)));
  cv::imwrite((folder_ / "2.png").string(), cv::Mat(60, 40, CV_8UC3, cv::Scalar::all(7)));
  EXPECT_NE(message_of_reading(folder_.path()).find("2.png differs in size"), std::string::npos);
}

TEST_F(VideoReaderTest, SaysWhatIsWrongWithTheFile) {
  EXPECT_NE(message_of_reading(folder_ / "absent.mp4").find("no such file"), std::string::npos);

  testing::write_file(folder_ / "text.mp4", "this is no video\n");
  EXPECT_NE(message_of_reading(folder_ / "text.mp4").find("is not a video"), std::string::npos);

  make_with_ffmpeg("-f lavfi -i sine=duration=1 -c:a aac", folder_ / "sound.mp4");
  EXPECT_NE(message_of_reading(folder_ / "sound.mp4").find("no video track"), std::string::npos);

  EXPECT_NE(message_of_reading(folder_ / "").find("is a folder without pictures"), std::string::npos);
}

TEST_F(VideoReaderTest, RefusesPlaylistsThatNameOtherFiles) {
  make_with_ffmpeg(test_picture + "25:duration=1 -c:v libx264", folder_ / "secret.ts");
  testing::write_file(folder_ / "list.mp4", "ffconcat version 1.0\nfile secret.ts\n");
  EXPECT_NE(message_of_reading(folder_ / "list.mp4").find("is not a video"), std::string::npos);
  testing::write_file(folder_ / "hls.mp4",
                      "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.ts\n#EXT-X-ENDLIST\n");
  EXPECT_NE(message_of_reading(folder_ / "hls.mp4").find("is not a video"), std::string::npos);
}

TEST_F(VideoReaderTest, ACutOffFileIsAnErrorNotAShortVideo) {
  for (const char* name : {"cut.mp4", "cut.mkv"}) {
    const auto file = folder_ / name;
    make_with_ffmpeg(test_picture + "25:duration=4 -c:v libx264 -movflags faststart", file);
    const std::string bytes = testing::read_file(file);
    testing::write_file(file, bytes.substr(0, bytes.size() / 2));
    VideoReader reader(file);
    EXPECT_TRUE(reader.read()) << name << ": the frames before the cut are there";
    EXPECT_NE(message_of_reading(file).find("decoding stopped after frame"), std::string::npos) << name;
  }
  const auto headless = folder_ / "headless.mp4";
  make_with_ffmpeg(test_picture + "25:duration=4 -c:v libx264", headless);
  const std::string bytes = testing::read_file(headless);
  testing::write_file(headless, bytes.substr(0, bytes.size() / 2));
  EXPECT_NE(message_of_reading(headless).find("damaged or cut off"), std::string::npos);
}

}  // namespace
}  // namespace reenact
