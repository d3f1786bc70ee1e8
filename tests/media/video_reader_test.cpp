#include "reenact/media/video_reader.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <tuple>
#include <utility>

#include "reenact/core/error.h"
#include "support/media_samples.h"
#include "support/temporary_directory.h"

namespace reenact {
namespace {

using testing::make_with_ffmpeg;
using testing::probe_frame_times;
using testing::run_command;
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

std::string damage_of(const std::filesystem::path& path) {
  VideoReader reader(path);
  read_times(reader);
  return reader.damage().value_or("");
}

/// A display matrix as it stands in an MP4 file: a b u, c d v, x y w.
std::string matrix_bytes(int a, int b, int c, int d) {
  std::string bytes;
  for (const int value : {a * 65536, b * 65536, 0, c * 65536, d * 65536, 0, 0, 0, 1 << 30}) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>((value >> shift) & 0xFF);
  }
  return bytes;
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

TEST_F(VideoReaderTest, ObeysAllEightDisplayMatrices) {
  const auto plain = folder_ / "plain.mp4";
  make_with_ffmpeg(test_picture + "25:duration=0.2 -c:v libx264 -crf 1", plain);
  const cv::Mat stored = VideoReader(plain).read()->image;
  const std::string bytes = testing::read_file(plain);
  // Movie header's matrix comes first, the track header's next: nine numbers that end in 0x40000000.
  const std::string upright_matrix = matrix_bytes(1, 0, 0, 1);
  const std::size_t at = bytes.find(upright_matrix, bytes.find("tkhd"));
  ASSERT_NE(at, std::string::npos);
  for (const auto& [a, b, c, d] : std::vector<std::array<int, 4>>{{1, 0, 0, 1},
                                                                  {-1, 0, 0, 1},
                                                                  {1, 0, 0, -1},
                                                                  {-1, 0, 0, -1},
                                                                  {0, 1, 1, 0},
                                                                  {0, 1, -1, 0},
                                                                  {0, -1, 1, 0},
                                                                  {0, -1, -1, 0}}) {
    std::string turned = bytes;
    turned.replace(at, upright_matrix.size(), matrix_bytes(a, b, c, d));
    testing::write_file(folder_ / "turned.mp4", turned);
    const cv::Mat shown = VideoReader(folder_ / "turned.mp4").read()->image;
    ASSERT_EQ(shown.size(), a != 0 ? stored.size() : cv::Size(stored.rows, stored.cols));
    // The matrix takes a place (x, y) of the stored picture to (a x + c y, b x + d y).
    for (const cv::Point stored_at :
         {cv::Point(0, 0), cv::Point(40, 0), cv::Point(3, 17), cv::Point(159, 119)}) {
      const int x = a * stored_at.x + c * stored_at.y;
      const int y = b * stored_at.x + d * stored_at.y;
      const cv::Point shown_at(a + c < 0 ? x + shown.cols - 1 : x, b + d < 0 ? y + shown.rows - 1 : y);
      EXPECT_EQ(shown.at<cv::Vec3b>(shown_at), stored.at<cv::Vec3b>(stored_at)) << a << b << c << d;
    }
  }
}

TEST_F(VideoReaderTest, MakesPixelsSquare) {
  const auto square = folder_ / "square.mp4";
  const auto wide = folder_ / "wide.mp4";
  make_with_ffmpeg("-f lavfi -i color=gray:s=1024x576:d=0.2,drawbox=100:100:300:300:white:fill -c:v libx264",
                   square);
  make_with_ffmpeg("-i '" + square.string() + "' -vf scale=720:576,setsar=64/45 -c:v libx264", wide);
  VideoReader reader(wide);
  EXPECT_EQ(reader.info().width, 1024);
  EXPECT_EQ(reader.info().height, 576);
  cv::Mat bright;
  const cv::Mat image = reader.read()->image;
  cv::inRange(image, cv::Scalar::all(200), cv::Scalar::all(255), bright);
  const cv::Rect box = cv::boundingRect(bright);
  EXPECT_NEAR(box.width, 300, 3);
  EXPECT_NEAR(box.height, 300, 3);
}

TEST_F(VideoReaderTest, IgnoresAnAspectThatNoCameraHas) {
  const auto file = folder_ / "absurd.mkv";
  make_with_ffmpeg(test_picture + "25:duration=0.2 -vf setsar=200/1 -c:v libx264", file);
  EXPECT_EQ(VideoReader(file).info().width, 160);
}

TEST_F(VideoReaderTest, SkipsACoverThatComesFirst) {
  const auto cover = folder_ / "cover.png";
  cv::imwrite(cover.string(), cv::Mat(50, 50, CV_8UC3, cv::Scalar::all(7)));
  const auto plain = folder_ / "plain.mp4";
  make_with_ffmpeg(test_picture + "25:duration=0.4 -c:v libx264", plain);
  const std::string both = "-i '" + cover.string() + "' -i '" + plain.string() + "' -map 0 -map 1 -c copy ";
  make_with_ffmpeg(both + "-disposition:v:0 attached_pic", folder_ / "marked.mp4");
  make_with_ffmpeg(both + "-disposition:v:0 default", folder_ / "unmarked.mp4");
  make_with_ffmpeg(both + "-disposition:v:0 attached_pic", folder_ / "marked.mov");
  make_with_ffmpeg("-i '" + plain.string() + "' -c copy -attach '" + cover.string() +
                       "' -metadata:s:t mimetype=image/png -metadata:s:t filename=cover.png",
                   folder_ / "attached.mkv");
  for (const char* name : {"marked.mp4", "unmarked.mp4", "marked.mov", "attached.mkv"}) {
    VideoReader reader(folder_ / name);
    EXPECT_EQ(read_times(reader).size(), 10U) << name;
    EXPECT_EQ(reader.info().width, 160) << name;
    EXPECT_FALSE(reader.damage()) << name;
  }
}

TEST_F(VideoReaderTest, TakesTheDefaultTrack) {
  const auto file = folder_ / "two.mkv";
  make_with_ffmpeg(test_picture +
                       "25:duration=0.4 -f lavfi -i testsrc=size=320x240:rate=25:duration=0.4 "
                       "-map 0 -map 1 -c:v libx264 -disposition:v:0 0 -disposition:v:1 default",
                   file);
  EXPECT_EQ(VideoReader(file).info().width, 320);
}

TEST_F(VideoReaderTest, BlendsAlphaOnWhite) {
  for (const char* name : {"clear.mov", "clear.apng"}) {
    const auto file = folder_ / name;
    make_with_ffmpeg("-f lavfi -i color=red@0.0:s=64x48:r=10:d=0.3,format=rgba" +
                         std::string(file.extension() == ".mov" ? " -c:v qtrle -pix_fmt argb"
                                                                : " -c:v apng -pix_fmt rgba"),
                     file);
    const auto pixel = VideoReader(file).read()->image.at<cv::Vec3b>(5, 5);
    EXPECT_EQ(pixel, cv::Vec3b(255, 255, 255)) << name;
  }
}

/// The middle pixel of a video of one HEVC colour of 10 bits in BT.2100.
cv::Vec3b shown_of_bt2100(const std::filesystem::path& file, const std::string& transfer, int y, int cb,
                          int cr) {
  make_with_ffmpeg(
      "-f lavfi -i color=black:s=64x64:r=10:d=0.2,format=yuv420p10le,geq=lum=" + std::to_string(y) +
          ":cb=" + std::to_string(cb) + ":cr=" + std::to_string(cr) +
          " -c:v libx265 -x265-params log-level=none:qp=1:colorprim=bt2020:colormatrix=bt2020nc:transfer=" +
          transfer,
      file);
  return VideoReader(file).read()->image.at<cv::Vec3b>(32, 32);
}

TEST_F(VideoReaderTest, CompressesHighDynamicRange) {
  const auto signal = [](double part) { return static_cast<int>(std::lround(64 + 876 * part)); };
  // Reference white is 75 % of HLG and 58 % of PQ (BT.2408); the compression leaves 0.853 of it, 237 of sRGB.
  // 26 cd/m² lie below the knee: 0.128 of the white, 100 of sRGB.
  for (const auto& [transfer, white, grey] : std::vector<std::tuple<std::string, double, double>>{
           {"arib-std-b67", 0.75, 0.3786}, {"smpte2084", 0.5807, 0.3800}}) {
    const auto file = folder_ / (transfer + ".mkv");
    const cv::Vec3b light = shown_of_bt2100(file, transfer, signal(white), 512, 512);
    const cv::Vec3b middle = shown_of_bt2100(file, transfer, signal(grey), 512, 512);
    const cv::Vec3b dark = shown_of_bt2100(file, transfer, signal(0), 512, 512);
    for (int channel = 0; channel < 3; ++channel) {
      EXPECT_NEAR(light[channel], 237, 2) << transfer;
      EXPECT_NEAR(middle[channel], 100, 2) << transfer;
      EXPECT_NEAR(dark[channel], 0, 1) << transfer;
    }
    const cv::Vec3b red = shown_of_bt2100(file, transfer, signal(0.5), 420, 700);
    EXPECT_GT(red[2], red[1] + 60) << transfer;
  }
}

TEST_F(VideoReaderTest, LetsTheLastFrameStandAsLongAsTheFileSays) {
  const auto stops = [&](const std::filesystem::path& file) {
    VideoReader reader(file);
    std::optional<VideoFrame> last;
    while (auto frame = reader.read()) last = std::move(frame);
    return static_cast<double>(last->timestamp + last->duration) * reader.info().time_base.value();
  };
  make_with_ffmpeg("-f lavfi -i testsrc=size=160x120:rate=10:duration=1 -final_delay 200",
                   folder_ / "held.gif");
  EXPECT_NEAR(stops(folder_ / "held.gif"), 2.9, 0.001);
  make_with_ffmpeg("-f lavfi -i testsrc=size=160x120:rate=10:duration=1 -c:v apng -final_delay 2",
                   folder_ / "held.apng");
  EXPECT_NEAR(stops(folder_ / "held.apng"), 2.9, 0.001);
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

TEST_F(VideoReaderTest, AnimatedPicturesAreVideos) {
  for (const auto& [name, codec] : std::vector<std::pair<std::string, std::string>>{
           {"moves.webp", "libwebp_anim -lossless 1"}, {"moves.apng", "apng"}, {"moves.gif", "gif"}}) {
    const auto file = folder_ / name;
    make_with_ffmpeg(test_picture + "10:duration=0.8 -c:v " + codec, file);
    // The name that people give an animated PNG.
    const auto named = name == "moves.apng" ? folder_ / "moves.png" : file;
    std::filesystem::rename(file, named);
    VideoReader reader(named);
    const double tick = reader.info().time_base.value();
    EXPECT_NEAR(reader.info().frame_rate.value(), 10, 0.01) << name;
    std::vector<double> times;
    cv::Mat last;
    while (const auto frame = reader.read()) {
      times.push_back(static_cast<double>(frame->timestamp) * tick);
      EXPECT_NEAR(static_cast<double>(frame->duration) * tick, 0.1, 0.002) << name;
      if (!last.empty()) {
        EXPECT_GT(cv::norm(frame->image, last, cv::NORM_INF), 20) << name;
      }
      last = frame->image;
    }
    ASSERT_EQ(times.size(), 8U) << name;
    EXPECT_NEAR(times.back(), 0.7, 0.002) << name;
    EXPECT_FALSE(reader.damage()) << name;
  }
}

TEST_F(VideoReaderTest, ADamagedAnimationSaysSo) {
  const auto file = folder_ / "moves.webp";
  make_with_ffmpeg(test_picture + "10:duration=0.8 -c:v libwebp_anim -lossless 1", file);
  std::string bytes = testing::read_file(file);
  bytes.replace(bytes.rfind("VP8L") + 16, 40, std::string(40, '\xFF'));
  testing::write_file(file, bytes);
  VideoReader reader(file);
  EXPECT_EQ(read_times(reader).size(), 7U);
  EXPECT_NE(reader.damage().value_or("").find("ends after 7 of 8"), std::string::npos);
}

TEST_F(VideoReaderTest, OfACutOffAnimationReadsTheWholeFrames) {
  for (const char* lossless : {"1", "0"}) {
    const auto file = folder_ / "moves.webp";
    make_with_ffmpeg(test_picture + "10:duration=0.8 -c:v libwebp_anim -lossless " + lossless, file);
    const std::string bytes = testing::read_file(file);
    std::vector<std::size_t> starts;
    for (std::size_t at = bytes.find("ANMF"); at != std::string::npos; at = bytes.find("ANMF", at + 4)) {
      starts.push_back(at);
    }
    ASSERT_EQ(starts.size(), 8U);
    for (const std::size_t whole : {1U, 3U, 7U}) {
      for (const std::size_t more : {0U, 5U, 40U}) {
        testing::write_file(file, bytes.substr(0, starts[whole] + more));
        VideoReader reader(file);
        EXPECT_EQ(read_times(reader).size(), whole) << more;
        EXPECT_NE(reader.damage().value_or("").find("cut off: it ends after " + std::to_string(whole)),
                  std::string::npos)
            << reader.damage().value_or("");
      }
    }
    testing::write_file(file, bytes.substr(0, 60));
    EXPECT_NE(message_of_reading(file).find("cannot be decoded"), std::string::npos);
  }
}

TEST_F(VideoReaderTest, FlvCutAnywhereIsCutOff) {
  const auto file = folder_ / "cut.flv";
  make_with_ffmpeg(
      test_picture + "25:duration=2 -f lavfi -i anoisesrc=d=2 -c:v flv1 -c:a libmp3lame -b:a 320k", file);
  const std::string bytes = testing::read_file(file);
  EXPECT_EQ(damage_of(file), "");
  for (std::size_t i = 1; i < 40; ++i) {
    const std::size_t length = bytes.size() / 2 + i * 97;
    testing::write_file(file, bytes.substr(0, length));
    EXPECT_NE(damage_of(file).find("cut off"), std::string::npos) << length;
  }
}

/// An MP4 that says it is Dolby Vision of a profile: the box of the configuration takes the place of those of
/// pixel shape and bit rate.
void mark_as_dolby_vision(const std::filesystem::path& file, int profile) {
  std::string bytes = testing::read_file(file);
  const std::size_t at = bytes.find("pasp") - 4;
  ASSERT_EQ(bytes.substr(at + 20, 4), "btrt");
  std::string box = std::string("\0\0\0\x24", 4) + "dvcC" + std::string("\x01\x00", 2);
  box += static_cast<char>(profile << 1);
  box += '\x1D';  // level 3, with its metadata and a base layer
  box.resize(36, '\0');
  bytes.replace(at, box.size(), box);
  testing::write_file(file, bytes);
}

TEST_F(VideoReaderTest, RefusesDolbyVisionWithoutAnotherBaseLayer) {
  const auto file = folder_ / "dolby.mp4";
  make_with_ffmpeg(test_picture + "25:duration=0.4,setsar=1 -c:v libx264", file);
  EXPECT_EQ(damage_of(file), "");
  mark_as_dolby_vision(file, 5);
  EXPECT_NE(message_of_reading(file).find("Dolby Vision profile 5"), std::string::npos)
      << message_of_reading(file);
}

TEST_F(VideoReaderTest, LeavesOutPicturesOfAFolderThatCannotBeUsed) {
  for (const char* name : {"1.png", "3.png", "5.png"}) {
    cv::imwrite((folder_ / name).string(), cv::Mat(40, 60, CV_8UC3, cv::Scalar::all(7)));
  }
  cv::imwrite((folder_ / "2.png").string(), cv::Mat(60, 40, CV_8UC3, cv::Scalar::all(7)));
  testing::write_file(folder_ / "4.png", "no picture");
  VideoReader reader(folder_.path());
  EXPECT_EQ(read_times(reader), (std::vector<std::int64_t>{0, 2, 4}));
  const std::string damage = reader.damage().value_or("");
  EXPECT_NE(damage.find("2 of 5 pictures"), std::string::npos) << damage;
  EXPECT_NE(damage.find("2.png differs in size"), std::string::npos) << damage;
}

TEST_F(VideoReaderTest, SaysWhatIsWrongWithTheFile) {
  EXPECT_NE(message_of_reading(folder_ / "absent.mp4").find("no such file"), std::string::npos);

  testing::write_file(folder_ / "text.mp4", "this is no video\n");
  EXPECT_NE(message_of_reading(folder_ / "text.mp4").find("is not a video"), std::string::npos);

  make_with_ffmpeg("-f lavfi -i sine=duration=1 -c:a aac", folder_ / "sound.mp4");
  EXPECT_NE(message_of_reading(folder_ / "sound.mp4").find("no video track"), std::string::npos);

  EXPECT_NE(message_of_reading(folder_ / "").find("is a folder without pictures"), std::string::npos);
}

TEST_F(VideoReaderTest, FramesThatAFileOnlyClaimsTakeLittleMemory) {
  const auto file = folder_ / "claims.mp4";
  make_with_ffmpeg(test_picture + "25:duration=1 -c:v libx264 -movflags empty_moov+frag_keyframe", file);
  std::string bytes = testing::read_file(file);
  const std::string no_field_of_each_sample(4, '\0');
  const std::string eighty_million("\x05\x00\x00\x00", 4);
  bytes.replace(bytes.find("trun") + 4, 8, no_field_of_each_sample + eighty_million);
  testing::write_file(file, bytes);
  rusage before{};
  rusage after{};
  getrusage(RUSAGE_SELF, &before);
  EXPECT_NE(message_of_reading(file).find("claims.mp4 is not a video, or is damaged"), std::string::npos);
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 1'000'000);  // in kB
}

TEST_F(VideoReaderTest, RefusesPlaylistsThatNameOtherFiles) {
  make_with_ffmpeg(test_picture + "25:duration=1 -c:v libx264", folder_ / "secret.ts");
  testing::write_file(folder_ / "list.mp4", "ffconcat version 1.0\nfile secret.ts\n");
  EXPECT_NE(message_of_reading(folder_ / "list.mp4").find("is not a video"), std::string::npos);
  testing::write_file(folder_ / "hls.mp4",
                      "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.ts\n#EXT-X-ENDLIST\n");
  EXPECT_NE(message_of_reading(folder_ / "hls.mp4").find("is not a video"), std::string::npos);
}

TEST_F(VideoReaderTest, OfACutOffFileReadsWhatIsThereAndSaysSo) {
  for (const char* name : {"cut.mp4", "cut.mkv", "cut.mov", "cut.avi", "cut.flv"}) {
    const auto file = folder_ / name;
    const std::string codec = file.extension() == ".flv" ? "flv1" : "mpeg4";
    make_with_ffmpeg(test_picture + "25:duration=4 -movflags faststart -c:v " + codec, file);
    EXPECT_EQ(damage_of(file), "") << name;
    const std::string bytes = testing::read_file(file);
    testing::write_file(file, bytes.substr(0, bytes.size() * 6 / 10));
    VideoReader reader(file);
    const auto times = read_times(reader);
    EXPECT_GT(times.size(), 30U) << name;
    EXPECT_LT(times.size(), 90U) << name;
    const std::string damage = reader.damage().value_or("");
    EXPECT_NE(damage.find("cut off: it ends after " + std::to_string(times.size())), std::string::npos)
        << name << ": " << damage;
  }
}

TEST_F(VideoReaderTest, ACutBetweenPacketsIsACutToo) {
  for (const char* name : {"cut.mp4", "cut.mkv", "cut.avi"}) {
    const auto file = folder_ / name;
    make_with_ffmpeg(
        test_picture +
            "25:duration=2 -f lavfi -i anoisesrc=d=2 -c:v mjpeg -c:a pcm_s16le -movflags faststart "
            "-f " +
            (file.extension() == ".mkv"   ? "matroska"
             : file.extension() == ".avi" ? "avi"
                                          : "mov"),
        file);
    const std::string bytes = testing::read_file(file);
    EXPECT_EQ(damage_of(file), "") << name;
    for (const double part : {0.5, 0.6, 0.7, 0.8}) {
      testing::write_file(
          file, bytes.substr(0, static_cast<std::size_t>(part * static_cast<double>(bytes.size()))));
      EXPECT_NE(damage_of(file).find("is cut off"), std::string::npos) << name << " at " << part;
    }
  }
}

TEST_F(VideoReaderTest, ALiveRecordingWithoutALengthIsWhole) {
  make_with_ffmpeg(test_picture + "25:duration=1 -c:v libvpx -live 1", folder_ / "live.webm");
  EXPECT_EQ(damage_of(folder_ / "live.webm"), "");
  run_command("ffmpeg -v error -i '" + (folder_ / "live.webm").string() + "' -c copy -f matroska - > '" +
              (folder_ / "piped.mkv").string() + "'");
  EXPECT_EQ(damage_of(folder_ / "piped.mkv"), "");
}

TEST_F(VideoReaderTest, GoesOnBehindADamagedPlace) {
  const auto file = folder_ / "scratched.avi";
  make_with_ffmpeg(test_picture + "25:duration=2 -c:v png", file);
  std::string bytes = testing::read_file(file);
  const std::size_t at = bytes.find("IHDR", bytes.size() / 2);
  bytes.replace(at, 4, "XXXX");
  testing::write_file(file, bytes);
  VideoReader reader(file);
  EXPECT_EQ(read_times(reader).size(), 49U);
  const std::string damage = reader.damage().value_or("");
  EXPECT_NE(damage.find("damaged: 1 of its frames"), std::string::npos) << damage;
}

/// Healthy files whose picture starts late, holds its last frame, or lacks the key frame it starts from.
TEST_F(VideoReaderTest, HealthyFilesAreNotCalledDamaged) {
  const auto base = folder_ / "base.mkv";
  make_with_ffmpeg(test_picture +
                       "25:duration=3 -f lavfi -i sine=duration=3 -c:v libx264 -x264-params "
                       "open-gop=1:keyint=25:bframes=3 -c:a aac",
                   base);
  const std::string source = "-i '" + base.string() + "' ";
  struct Made {
    const char* name;
    std::string arguments;
    std::size_t at_least;
  };
  for (const Made& made :
       {Made{"late.mkv", source + "-itsoffset 0.2 -i '" + base.string() + "' -map 0:a -map 1:v -c copy", 75},
        Made{"late.webm",
             "-f lavfi -i sine=duration=3 -itsoffset 0.5 " + test_picture +
                 "25:duration=1 -c:v libvpx -c:a libopus",
             25},
        Made{"held.mkv", test_picture + "25:duration=1 -f lavfi -i sine=duration=4 -c:v libx264 -c:a aac",
             25},
        Made{"cut_gop.mkv", "-ss 1.3 " + source + "-c copy", 40}}) {
    make_with_ffmpeg(made.arguments, folder_ / made.name);
    VideoReader reader(folder_ / made.name);
    EXPECT_GE(read_times(reader).size(), made.at_least) << made.name;
    EXPECT_FALSE(reader.damage()) << made.name << ": " << *reader.damage();
  }
}

TEST_F(VideoReaderTest, ARecordingCutBetweenKeyFramesStartsAtTheNext) {
  const auto file = folder_ / "cut.ts";
  for (const std::string codec : {"libx264 -g 50 -sc_threshold 0", "mpeg2video -g 50 -sc_threshold 0",
                                  "libx265 -x265-params log-level=none:keyint=50:min-keyint=50:scenecut=0"}) {
    make_with_ffmpeg(test_picture + "25:duration=4 -c:v " + codec, file);
    const std::string bytes = testing::read_file(file);
    const std::int64_t start = probe_frame_times(file).front();
    testing::write_file(file, bytes.substr(bytes.size() / 4 / 188 * 188));
    VideoReader reader(file);
    EXPECT_EQ(read_times(reader).size(), 50U) << codec;
    EXPECT_FALSE(reader.damage()) << *reader.damage();
    EXPECT_EQ(reader.info().start, start + 2 * 90'000) << codec;
  }
}

/// Recordings that were joined, whose clock begins anew, runs ahead or passes its end (33 bits).
TEST_F(VideoReaderTest, TimesGoOnWhereTheClockJumps) {
  for (const std::string container : {"mpegts", "mpeg"}) {
    const std::string codec = container == "mpegts" ? "libx264 -bf 2" : "mpeg2video -bf 2";
    for (const auto& [first_start, second_start] :
         {std::pair(5, 5), std::pair(5, 3600), std::pair(3600, 5)}) {
      std::string joined;
      for (const int start : {first_start, second_start}) {
        make_with_ffmpeg(test_picture + "25:duration=2 -c:v " + codec + " -f " + container +
                             " -output_ts_offset " + std::to_string(start),
                         folder_ / "part");
        joined += testing::read_file(folder_ / "part");
      }
      testing::write_file(folder_ / "joined", joined);
      VideoReader reader(folder_ / "joined");
      const auto times = read_times(reader);
      ASSERT_EQ(times.size(), 100U) << container;
      for (std::size_t i = 1; i < times.size(); ++i) {
        EXPECT_EQ(times[i] - times[i - 1], 3600) << container << " from " << first_start << " s, frame " << i;
      }
      EXPECT_FALSE(reader.damage());
    }
  }
  make_with_ffmpeg(test_picture + "25:duration=2 -c:v libx264 -output_ts_offset 95442.3",
                   folder_ / "wraps.ts");
  VideoReader reader(folder_ / "wraps.ts");
  const auto times = read_times(reader);
  ASSERT_EQ(times.size(), 50U);
  EXPECT_EQ(times.back(), 49 * 3600);
}

TEST_F(VideoReaderTest, SaysWhatIsWrongBeforeTheFirstFrame) {
  const auto headless = folder_ / "headless.mp4";
  make_with_ffmpeg(test_picture + "25:duration=4 -c:v libx264", headless);
  const std::string bytes = testing::read_file(headless);
  testing::write_file(headless, bytes.substr(0, bytes.size() / 2));
  EXPECT_NE(message_of_reading(headless).find("damaged or cut off"), std::string::npos);
}

}  // namespace
}  // namespace reenact
