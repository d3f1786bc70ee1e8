#include "reenact/media/video_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "reenact/core/error.h"
#include "reenact/files/media_files.h"
#include "reenact/files/whole_file.h"
#include "reenact/media/synthetic_mark.h"
#include "reenact/media/video_reader.h"
#include "support/media_samples.h"
#include "support/temporary_directory.h"

namespace reenact {
namespace {

using testing::make_with_ffmpeg;
using testing::moving_picture;
using testing::probe;
using testing::probe_frame_times;
using testing::TemporaryDirectory;

constexpr int frame_count = 50;
const cv::Size frame_size(160, 120);

class VideoWriterTest : public ::testing::Test {
 protected:
  std::filesystem::path write_video(const std::string& name, const VideoWriterOptions& options,
                                    const std::vector<std::int64_t>& times, cv::Size size = frame_size) {
    VideoWriter writer(folder_ / name, size, options);
    for (std::size_t i = 0; i < times.size(); ++i) {
      writer.write(moving_picture(size, static_cast<int>(i)), times[i]);
    }
    writer.finish();
    writer.commit();
    notes_ = writer.notes();
    return folder_ / name;
  }

  std::size_t file_count() const {
    const std::filesystem::directory_iterator files(folder_.path());
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
  }

  TemporaryDirectory folder_;
  std::vector<std::string> notes_;
};

std::vector<std::int64_t> even_times(std::int64_t step, int count = frame_count) {
  std::vector<std::int64_t> times;
  for (int i = 0; i < count; ++i) times.push_back(i * step);
  return times;
}

VideoWriterOptions ntsc_options() {
  VideoWriterOptions options;
  options.frame_rate = {30000, 1001};
  options.time_base = {1, 30000};
  options.comment = "reenact <test> & more";
  return options;
}

TEST_F(VideoWriterTest, KeepsNtscTimesToTheTick) {
  const auto file = write_video("ntsc.mp4", ntsc_options(), even_times(1001));
  EXPECT_EQ(
      probe("-select_streams v -show_entries stream=codec_name,pix_fmt,avg_frame_rate,time_base,nb_frames",
            file),
      std::vector<std::string>{"h264,yuv420p,30000/1001,1/30000,50"});
  EXPECT_EQ(probe_frame_times(file), even_times(1001));
  EXPECT_EQ(probe("-select_streams v -show_entries stream=duration_ts", file),
            std::vector<std::string>{std::to_string(frame_count * 1001)});
  EXPECT_EQ(file_count(), 1U);
}

TEST_F(VideoWriterTest, KeepsAVariableFrameRateToTheTick) {
  VideoWriterOptions options;
  options.time_base = {1, 90000};
  options.frame_rate = {23, 1};
  std::vector<std::int64_t> times;
  for (std::int64_t i = 0; i < frame_count; ++i) times.push_back(3600 * i + 1171 * (i / 3));
  const auto file = write_video("variable.mp4", options, times);
  EXPECT_EQ(probe_frame_times(file), times);
  VideoReader reader(file);
  for (const std::int64_t time : times) EXPECT_EQ(reader.read()->timestamp, time);
  EXPECT_FALSE(reader.read());
}

std::vector<double> seconds_of(const std::filesystem::path& video) {
  VideoReader reader(video);
  std::vector<double> seconds;
  while (const auto frame = reader.read()) {
    seconds.push_back(static_cast<double>(frame->timestamp) * reader.info().time_base.value());
  }
  return seconds;
}

TEST_F(VideoWriterTest, KeepsTimesOfClocksThatAreTooFineOrTooSlowForMp4) {
  constexpr double half_a_millisecond = 0.00051;
  constexpr std::int64_t second = 1'000'000'000;
  const auto near = [&](double seconds) { return ::testing::DoubleNear(seconds, half_a_millisecond); };
  VideoWriterOptions options;
  options.time_base = {1, second};
  for (const char* name : {"a.mp4", "a.mov", "a.mkv", "a.webm"}) {
    EXPECT_THAT(seconds_of(write_video(name, options, {0, second / 25, 3 * second, 5000 * second})),
                ::testing::ElementsAre(near(0), near(0.04), near(3), near(5000)))
        << name;
  }
  options.time_base = {2, 1};
  EXPECT_THAT(seconds_of(write_video("slow.mp4", options, {0, 1})), ::testing::ElementsAre(0, near(2)));
}

TEST_F(VideoWriterTest, RefusesTimesThatTheContainerCannotHold) {
  constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
  VideoWriterOptions options;
  options.time_base = {1, 25};
  for (const char* name : {"a.mp4", "a.mov", "a.avi"}) {
    for (const std::int64_t late : {largest / 2, largest, std::int64_t{1} << 32U}) {
      EXPECT_THROW(write_video(name, options, {0, 1, late}), OutputError) << name << ' ' << late;
    }
  }
  for (const char* name : {"a.mkv", "a.webm"}) {
    EXPECT_THROW(write_video(name, options, {0, largest}), OutputError) << name;
  }
  options.time_base = {std::numeric_limits<std::int32_t>::max(), 1};
  EXPECT_THROW(write_video("slow.mp4", options, {0}), OutputError);
  EXPECT_EQ(file_count(), 0U);
}

TEST_F(VideoWriterTest, APictureMayStandForEver) {
  VideoWriterOptions options;
  for (const char* name : {"a.mp4", "a.mov", "a.mkv", "a.webm", "a.avi", "a.gif"}) {
    VideoWriter writer(folder_ / name, frame_size, options);
    writer.write(moving_picture(frame_size, 0), 0, std::numeric_limits<std::int64_t>::max());
    writer.finish();
    writer.commit();
    EXPECT_GT(std::filesystem::file_size(folder_ / name), 0U) << name;
  }
}

TEST_F(VideoWriterTest, KeepsWhatAnotherRunMadeMeanwhile) {
  VideoWriterOptions options;
  options.overwrite = false;
  VideoWriter writer(folder_ / "a.mp4", frame_size, options);
  writer.write(moving_picture(frame_size, 0), 0);
  writer.finish();
  testing::write_file(folder_ / "a.mp4", "another's");
  EXPECT_THROW(writer.commit(), OutputError);
  EXPECT_EQ(read_file(folder_ / "a.mp4", 100), "another's");
}

TEST_F(VideoWriterTest, StartsAtTheFirstTimestamp) {
  std::vector<std::int64_t> times = even_times(1001);
  for (auto& time : times) time += 90090;
  EXPECT_EQ(probe_frame_times(write_video("late.mp4", ntsc_options(), times)), even_times(1001));
}

TEST_F(VideoWriterTest, ReproducesThePicture) {
  VideoWriterOptions options = ntsc_options();
  options.crf = 4;
  const auto file = write_video("picture.mp4", options, even_times(1001, 5));
  EXPECT_EQ(
      probe("-select_streams v -show_entries stream=color_range,color_space,color_transfer,color_primaries",
            file),
      std::vector<std::string>{"tv,smpte170m,bt709,bt709"});
  const std::string decoded =
      testing::run_command("ffmpeg -v error -i '" + file.string() + "' -f rawvideo -pix_fmt bgr24 -");
  const cv::Mat expected = moving_picture(frame_size, 0);
  ASSERT_EQ(decoded.size(), 5 * expected.total() * 3);
  const cv::Mat first(frame_size, CV_8UC3, const_cast<char*>(decoded.data()));
  // Half-size chroma and rounding leave about 2 levels; the matrix of BT.709 instead would leave 8.
  EXPECT_LT(cv::norm(first, expected, cv::NORM_L1) / static_cast<double>(expected.total() * 3), 2.5);
}

TEST_F(VideoWriterTest, CrfAndPresetMatter) {
  VideoWriterOptions fine = ntsc_options();
  VideoWriterOptions coarse = ntsc_options();
  VideoWriterOptions slower = ntsc_options();
  coarse.crf = 40;
  slower.preset = "ultrafast";
  const auto size_of = [&](const char* name, const VideoWriterOptions& options) {
    return std::filesystem::file_size(write_video(name, options, even_times(1001)));
  };
  const auto fine_size = size_of("fine.mp4", fine);
  EXPECT_GT(fine_size, 2 * size_of("coarse.mp4", coarse));
  EXPECT_NE(fine_size, size_of("slower.mp4", slower));
}

TEST_F(VideoWriterTest, OddSizesLoseTheirLastRowAndColumn) {
  const auto file = write_video("odd.mp4", ntsc_options(), even_times(1001, 3), {161, 121});
  EXPECT_EQ(probe("-select_streams v -show_entries stream=width,height", file),
            std::vector<std::string>{"160,120"});
}

TEST_F(VideoWriterTest, IsMarkedAsSynthetic) {
  for (const char* name : {"marked.mp4", "marked.mov"}) {
    const auto file = write_video(name, ntsc_options(), even_times(1001, 5));
    EXPECT_EQ(probe("-show_entries format_tags=comment", file),
              std::vector<std::string>{"reenact <test> & more"});
    EXPECT_EQ(probe("-show_entries format_tags=digital_source_type", file),
              std::vector<std::string>{digital_source_type});
    const std::string xmp = testing::run_command(
        "ffprobe -v error -export_xmp 1 -show_entries format_tags=xmp '" + file.string() + "'");
    EXPECT_NE(xmp.find(synthetic_xmp_packet("reenact <test> & more")), std::string::npos) << name;
    EXPECT_NE(xmp.find(digital_source_type), std::string::npos);
  }
}

TEST_F(VideoWriterTest, TheIndexComesFirst) {
  const std::string bytes = testing::read_file(write_video("web.mp4", ntsc_options(), even_times(1001, 5)));
  EXPECT_LT(bytes.find("moov"), bytes.find("mdat"));
}

std::vector<std::string> audio_times(const std::filesystem::path& file) {
  return probe("-select_streams a -show_entries packet=pts", file);
}

std::vector<std::string> audio_hashes(const std::filesystem::path& file) {
  return probe("-select_streams a -show_data_hash md5 -show_entries packet=data_hash", file);
}

bool begins_with(const std::vector<std::string>& whole, const std::vector<std::string>& start) {
  return start.size() <= whole.size() && std::equal(start.begin(), start.end(), whole.begin());
}

class AudioCopyTest : public VideoWriterTest {
 protected:
  /// Makes a driver, and a video of its frames [first, first + frame_count) with its audio.
  std::filesystem::path copy_audio(const std::filesystem::path& driver, int first = 0) {
    VideoReader reader(driver);
    EXPECT_TRUE(reader.info().has_audio);
    VideoWriterOptions options;
    options.frame_rate = reader.info().frame_rate;
    options.time_base = reader.info().time_base;
    options.audio_from = driver;
    options.audio_start = reader.info().start;
    std::vector<std::int64_t> times;
    while (const auto frame = reader.read()) {
      if (frame->index >= first && frame->index < first + frame_count) times.push_back(frame->timestamp);
    }
    return write_video("with_audio.mp4", options, times);
  }
};

const std::string driver_with_tone =
    "-f lavfi -i testsrc=size=160x120:rate=30000/1001:duration=4 -f lavfi -i "
    "'aevalsrc=sin(2000*t*t):s=48000:d=4' -c:v libx264 ";

TEST_F(AudioCopyTest, PacketsAreTheDriversAndEndWithTheVideo) {
  const auto driver = folder_ / "driver.mp4";
  make_with_ffmpeg(driver_with_tone + "-c:a aac", driver);
  const auto file = copy_audio(driver);
  EXPECT_TRUE(begins_with(audio_hashes(driver), audio_hashes(file)));
  EXPECT_TRUE(begins_with(audio_times(driver), audio_times(file)));
  // 50 frames at 29.97 last 80080 samples; packets hold 1024, and one of priming comes before.
  EXPECT_EQ(audio_hashes(file).size(), 1U + 79U);
  EXPECT_TRUE(notes_.empty());
}

TEST_F(AudioCopyTest, ALaterStartCutsTheAudioThere) {
  const auto driver = folder_ / "driver.mp4";
  make_with_ffmpeg(driver_with_tone + "-c:a aac", driver);
  const auto file = copy_audio(driver, 30);
  // Frame 30 lies at sample 48048, inside the packet that starts at 46 · 1024 = 47104 (number 47, after
  // priming).
  EXPECT_EQ(audio_times(file).front(), std::to_string(47104 - 48048));
  EXPECT_EQ(audio_hashes(file).front(), audio_hashes(driver).at(47));
}

TEST_F(AudioCopyTest, AudioThatStartsLaterStaysLater) {
  make_with_ffmpeg(driver_with_tone + "-c:a aac", folder_ / "base.mp4");
  const std::string base = (folder_ / "base.mp4").string();
  const auto driver = folder_ / "driver.mp4";
  make_with_ffmpeg("-i '" + base + "' -itsoffset 0.5 -i '" + base + "' -map 0:v -map 1:a -c copy", driver);
  const auto file = copy_audio(driver);
  EXPECT_GT(std::stoll(audio_times(file).front()), 20000);
  EXPECT_TRUE(begins_with(audio_times(driver), audio_times(file)));
  EXPECT_TRUE(begins_with(audio_hashes(driver), audio_hashes(file)));
}

TEST_F(AudioCopyTest, OpusOfWebmIsKept) {
  const auto driver = folder_ / "driver.webm";
  make_with_ffmpeg(
      "-f lavfi -i testsrc=size=160x120:rate=30:duration=2 -f lavfi -i sine=duration=2 "
      "-c:v libvpx -c:a libopus",
      driver);
  const auto file = copy_audio(driver);
  EXPECT_EQ(probe("-select_streams a -show_entries stream=codec_name", file),
            std::vector<std::string>{"opus"});
  EXPECT_GT(audio_hashes(file).size(), 80U);
}

TEST_F(AudioCopyTest, ADriverThatStartsLateKeepsItsSync) {
  const auto driver = folder_ / "driver.ts";
  make_with_ffmpeg(driver_with_tone + "-c:a aac -output_ts_offset 7", driver);
  const auto starts = probe("-show_entries stream=start_time", driver);
  const auto copied_starts = probe("-show_entries packet=pts_time -select_streams a", copy_audio(driver));
  ASSERT_GE(starts.size(), 2U);
  EXPECT_NEAR(std::stod(copied_starts.front()), std::stod(starts[1]) - std::stod(starts[0]), 1e-3);
}

/// Seconds at which the beeps of a file begin: louder than a tenth after a silence of 0.2 s.
std::vector<double> beeps(const std::filesystem::path& file) {
  constexpr int rate = 8000;
  const std::string samples = testing::run_command(
      "ffmpeg -v error -i '" + file.string() +
      "' -map 0:a -af aresample=async=1:first_pts=0 -f s16le -ac 1 -ar " + std::to_string(rate) + " -");
  std::vector<double> starts;
  std::size_t quiet = rate;
  for (std::size_t i = 0; i + 1 < samples.size(); i += 2) {
    std::int16_t value = 0;
    std::memcpy(&value, samples.data() + i, 2);
    if (std::abs(value) < 3000) {
      ++quiet;
      continue;
    }
    if (quiet > rate / 5) starts.push_back(static_cast<double>(i / 2) / rate);
    quiet = 0;
  }
  return starts;
}

/// A clip of 4 s that beeps for 0.1 s every half second.
const std::string driver_with_beeps =
    "-f lavfi -i testsrc=size=160x120:rate=25:duration=4 -f lavfi -i "
    "\"aevalsrc='sin(2*PI*880*t)*lt(mod(t,0.5),0.1)':s=44100:d=4\" -c:v libx264 -g 50 -sc_threshold 0 ";

TEST_F(AudioCopyTest, SoundThatTheContainerRefusesIsEncodedAgain) {
  for (const auto& [name, codec] :
       std::vector<std::pair<std::string, std::string>>{{"pcm.mkv", "pcm_s16le"},
                                                        {"flac.mkv", "flac"},
                                                        {"wma.mkv", "wmav2"},
                                                        {"tta.mkv", "tta"},
                                                        {"wavpack.mkv", "wavpack"}}) {
    const auto driver = folder_ / name;
    make_with_ffmpeg(driver_with_beeps + "-c:a " + codec, driver);
    const auto file = copy_audio(driver, 25);
    EXPECT_EQ(probe("-select_streams a -show_entries stream=codec_name", file),
              std::vector<std::string>{"aac"})
        << name;
    ASSERT_EQ(notes_.size(), 1U) << name;
    EXPECT_NE(notes_[0].find("encoded again as aac"), std::string::npos) << notes_[0];
    // Frame 25 lies at 1 s; 50 frames hold four beeps.
    const auto heard = beeps(file);
    ASSERT_GE(heard.size(), 4U) << name;
    for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(heard[i], 0.5 * static_cast<double>(i), 0.02) << name;
    std::filesystem::remove(file);
  }
}

TEST_F(AudioCopyTest, SoundStaysInStepInTwentyContainers) {
  for (const auto& [name, arguments] : std::vector<std::pair<std::string, std::string>>{
           {"ac3.mp4", "-c:v libx264 -c:a ac3"},
           {"mp3.mp4", "-c:v libx265 -x265-params log-level=none -c:a libmp3lame"},
           {"pcm.mov", "-c:v prores_ks -c:a pcm_s24le"},
           {"flac.mkv", "-c:v ffv1 -c:a flac"},
           {"vorbis.mkv", "-c:v mpeg4 -c:a libvorbis"},
           {"vp9.webm", "-c:v libvpx-vp9 -cpu-used 8 -c:a libopus"},
           {"pcm.avi", "-c:v mjpeg -c:a pcm_s16le"},
           {"ac3.ts", "-c:v mpeg2video -c:a ac3"},
           {"aac.flv", "-c:v libx264 -bf 2 -c:a aac"},
           {"opus.mp4", "-c:v libx264 -bf 2 -c:a libopus"},
           {"driver.mp4", "-c:v libx264 -c:a aac"},
           {"driver.mov", "-c:v mpeg4 -c:a alac"},
           {"driver.mkv", "-c:v libx264 -bf 3 -c:a libopus"},
           {"driver.webm", "-c:v libvpx -c:a libvorbis"},
           {"driver.avi", "-c:v mpeg4 -c:a libmp3lame"},
           {"driver.ts", "-c:v libx264 -c:a mp2 -output_ts_offset 5"},
           {"driver.mpg", "-c:v mpeg2video -c:a mp2"},
           {"driver.flv", "-c:v flv1 -c:a libmp3lame"},
           {"driver.wmv", "-c:v wmv2 -c:a libmp3lame"},
           {"driver.ogv", "-c:v libtheora -c:a libvorbis"},
           {"driver.3gp", "-c:v mpeg4 -c:a aac"},
           {"driver.mxf", "-c:v mpeg2video -c:a pcm_s16le -ar 48000"}}) {
    make_with_ffmpeg(driver_with_beeps + arguments, folder_ / name);
    const auto heard = beeps(copy_audio(folder_ / name));
    ASSERT_GE(heard.size(), 4U) << name;
    for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(heard[i], 0.5 * static_cast<double>(i), 0.04) << name;
    std::filesystem::remove(folder_ / "with_audio.mp4");
  }
}

TEST_F(AudioCopyTest, SoundThatNothingDecodesIsLeftOut) {
  const auto driver = folder_ / "driver.avi";
  make_with_ffmpeg(
      "-f lavfi -i testsrc=size=160x120:rate=25:duration=3 -f lavfi -i sine=duration=3 "
      "-c:v mjpeg -c:a pcm_s16le",
      driver);
  std::string bytes = testing::read_file(driver);
  const std::size_t format = bytes.find("strf", bytes.find("auds"));
  bytes.replace(format + 8, 2, "\x77\x77");
  testing::write_file(driver, bytes);
  const auto file = copy_audio(driver);
  EXPECT_TRUE(audio_hashes(file).empty());
  EXPECT_EQ(probe_frame_times(file).size(), 50U);
  ASSERT_EQ(notes_.size(), 1U);
  EXPECT_NE(notes_[0].find("left out"), std::string::npos);
}

TEST_F(AudioCopyTest, ARecordingCutBetweenKeyFramesKeepsItsSync) {
  for (const std::string codecs :
       {"-c:v libx264 -c:a aac", "-c:v mpeg2video -c:a mp2", "-c:v libx264 -c:a ac3",
        "-c:v libx265 -x265-params log-level=none:keyint=50:min-keyint=50:scenecut=0 -c:a aac"}) {
    const auto driver = folder_ / "cut.ts";
    make_with_ffmpeg(driver_with_beeps + codecs, driver);
    const std::string bytes = testing::read_file(driver);
    testing::write_file(driver, bytes.substr(bytes.size() / 4 / 188 * 188));
    // What is left starts with the picture of 2 s.
    const auto heard = beeps(copy_audio(driver));
    ASSERT_EQ(heard.size(), 4U) << codecs;
    for (std::size_t i = 0; i < heard.size(); ++i) {
      EXPECT_NEAR(heard[i], 0.5 * static_cast<double>(i), 0.04) << codecs;
    }
    std::filesystem::remove(folder_ / "with_audio.mp4");
  }
}

TEST_F(AudioCopyTest, DamagedSoundIsLeftOutAndTheRestKept) {
  const auto driver = folder_ / "scratched.ts";
  make_with_ffmpeg(driver_with_beeps + "-c:a aac", driver);
  std::string bytes = testing::read_file(driver);
  const std::string adts_header = "\xff\xf1\x50";
  constexpr char no_such_rate = '\x7c';
  bytes[bytes.find(adts_header, bytes.size() / 4) + 2] = no_such_rate;
  testing::write_file(driver, bytes);
  const auto heard = beeps(copy_audio(driver));
  EXPECT_GE(heard.size(), 3U);
  EXPECT_NEAR(heard.front(), 0, 0.04);
  EXPECT_TRUE(std::any_of(heard.begin(), heard.end(), [](double at) { return std::abs(at - 1.5) < 0.04; }));
  ASSERT_EQ(notes_.size(), 1U);
  EXPECT_NE(notes_[0].find("is damaged: 1 of its packets"), std::string::npos) << notes_[0];
}

TEST_F(AudioCopyTest, SoundOfJoinedRecordingsGoesOnWithThePicture) {
  for (const auto& [codecs, second_start] : std::vector<std::pair<std::string, int>>{
           {"-c:v libx264 -c:a aac", 0}, {"-c:v libx264 -c:a aac", 3600}, {"-c:v mpeg2video -c:a mp2", 0}}) {
    std::string joined;
    for (const int start : {0, second_start, 0}) {
      make_with_ffmpeg(driver_with_beeps + codecs + " -output_ts_offset " + std::to_string(start),
                       folder_ / "part.ts");
      joined += testing::read_file(folder_ / "part.ts");
    }
    testing::write_file(folder_ / "joined.ts", joined);
    // Frame 175 lies at 7 s, 1 s before the third recording.
    const auto heard = beeps(copy_audio(folder_ / "joined.ts", 175));
    ASSERT_GE(heard.size(), 4U) << codecs << second_start;
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_NEAR(heard[i], 0.5 * static_cast<double>(i), 0.04) << codecs << second_start;
    }
    std::filesystem::remove(folder_ / "with_audio.mp4");
  }
}

TEST_F(AudioCopyTest, TakesTheDefaultTrack) {
  const auto driver = folder_ / "two.mkv";
  make_with_ffmpeg("-f lavfi -i sine=duration=4 " + driver_with_beeps +
                       "-map 1:v -map 0:a -map 2:a -c:a aac -disposition:a:0 0 -disposition:a:1 default",
                   driver);
  EXPECT_GE(beeps(copy_audio(driver)).size(), 4U);
}

TEST_F(VideoWriterTest, TheLastFrameStandsAsLongAsItIsTold) {
  const auto driver = folder_ / "driver.mp4";
  make_with_ffmpeg(driver_with_beeps + "-c:a aac", driver);
  VideoWriterOptions options;
  options.time_base = {1, 25};
  options.audio_from = driver;
  VideoWriter writer(folder_ / "held.mp4", frame_size, options);
  for (int i = 0; i < 10; ++i) writer.write(moving_picture(frame_size, i), i, i == 9 ? 50 : 0);
  writer.finish();
  writer.commit();
  EXPECT_EQ(probe("-select_streams v -show_entries stream=duration", folder_ / "held.mp4"),
            std::vector<std::string>{"2.360000"});
  EXPECT_EQ(beeps(folder_ / "held.mp4").size(), 5U);
}

TEST_F(VideoWriterTest, WritesMatroskaAndWebm) {
  const auto driver = folder_ / "driver.mp4";
  make_with_ffmpeg(driver_with_beeps + "-c:a aac", driver);
  VideoWriterOptions options = ntsc_options();
  options.audio_from = driver;
  for (const auto& [name, codecs] : std::vector<std::pair<std::string, std::vector<std::string>>>{
           {"made.mkv", {"h264", "aac"}}, {"made.webm", {"vp9", "opus"}}}) {
    const auto file = write_video(name, options, even_times(1001));
    EXPECT_EQ(probe("-show_entries stream=codec_name", file), codecs);
    EXPECT_EQ(probe_frame_times(file).size(), static_cast<std::size_t>(frame_count));
    EXPECT_EQ(beeps(file).size(), 4U) << name;
    EXPECT_EQ(probe("-show_entries format_tags=DIGITAL_SOURCE_TYPE", file),
              std::vector<std::string>{digital_source_type});
    EXPECT_EQ(probe("-show_entries format_tags=COMMENT", file),
              std::vector<std::string>{"reenact <test> & more"});
    VideoReader reader(file);
    const cv::Mat first = reader.read()->image;
    EXPECT_LT(
        cv::norm(first, moving_picture(frame_size, 0), cv::NORM_L1) / static_cast<double>(first.total() * 3),
        6);
  }
}

/// A smooth picture that becomes transparent to the right and is opaque in its lower half.
cv::Mat moving_picture_with_alpha(cv::Size size, int index) {
  cv::Mat picture;
  cv::cvtColor(moving_picture(size, index), picture, cv::COLOR_BGR2BGRA);
  picture.forEach<cv::Vec4b>([&](cv::Vec4b& pixel, const int* position) {
    pixel[3] = position[0] > size.height / 2 ? 255 : static_cast<uchar>(255 - 255 * position[1] / size.width);
  });
  return picture;
}

TEST_F(VideoWriterTest, KeepsAlpha) {
  for (const auto& [name, decoder, codec] : std::vector<std::array<std::string, 3>>{
           {"alpha.mov", "", "prores,yuva444p12le"}, {"alpha.webm", "-c:v libvpx-vp9", "vp9,yuv420p"}}) {
    VideoWriterOptions options = ntsc_options();
    options.alpha = true;
    options.crf = 4;
    VideoWriter writer(folder_ / name, frame_size, options);
    for (int i = 0; i < 5; ++i) writer.write(moving_picture_with_alpha(frame_size, i), 1001 * i);
    writer.finish();
    writer.commit();
    const std::string file = (folder_ / name).string();
    EXPECT_EQ(probe("-select_streams v -show_entries stream=codec_name,pix_fmt", file),
              std::vector<std::string>{codec});
    const std::string decoded =
        testing::run_command("ffmpeg -v error " + decoder + " -i '" + file + "' -f rawvideo -pix_fmt bgra -");
    ASSERT_EQ(decoded.size(), 5U * frame_size.area() * 4) << name;
    for (int i = 0; i < 5; ++i) {
      const cv::Mat frame(frame_size, CV_8UC4,
                          const_cast<char*>(decoded.data()) + std::ptrdiff_t{i} * frame_size.area() * 4);
      cv::Mat difference;
      cv::absdiff(frame, moving_picture_with_alpha(frame_size, i), difference);
      const cv::Scalar mean = cv::mean(difference);
      EXPECT_LT(mean[0] + mean[1] + mean[2], 3 * 2.5) << name;
      EXPECT_LT(mean[3], 1.0) << name;
    }
  }
}

TEST_F(VideoWriterTest, RefusesAlphaThatCannotBeKept) {
  VideoWriterOptions options;
  options.alpha = true;
  for (const char* name : {"a.mp4", "a.mkv", "a.avi", "a.gif"}) {
    EXPECT_THROW(VideoWriter(folder_ / name, frame_size, options), OutputError) << name;
    EXPECT_FALSE(can_hold_alpha(name)) << name;
  }
  for (const char* name : {"a.mov", "a.webm"}) {
    EXPECT_TRUE(can_hold_alpha(name)) << name;
    VideoWriter writer(folder_ / name, frame_size, options);
    EXPECT_THROW(writer.write(moving_picture(frame_size, 0), 0), OutputError) << name;
  }
}

TEST_F(VideoWriterTest, WritesAviWithSoundInStep) {
  make_with_ffmpeg(driver_with_beeps + "-c:a aac", folder_ / "base.mp4");
  const std::string base = (folder_ / "base.mp4").string();
  const auto driver = folder_ / "driver.mp4";
  make_with_ffmpeg("-i '" + base + "' -itsoffset 0.7 -i '" + base + "' -map 0:v -map 1:a -c copy", driver);
  VideoWriterOptions options = ntsc_options();
  options.audio_from = driver;
  const auto file = write_video("made.avi", options, even_times(1001));
  EXPECT_EQ(probe("-show_entries stream=codec_name,avg_frame_rate", file),
            (std::vector<std::string>{"mjpeg,30000/1001", "pcm_s16le,0/0"}));
  EXPECT_EQ(probe_frame_times(file), even_times(1));
  const auto heard = beeps(file);
  ASSERT_EQ(heard.size(), 2U);
  EXPECT_NEAR(heard[0], 0.7, 0.01);
  EXPECT_NEAR(heard[1], 1.2, 0.01);
  EXPECT_EQ(probe("-show_entries format_tags=comment", file), std::vector<std::string>{options.comment});
  EXPECT_EQ(probe("-show_entries format_tags=ISRF", file), std::vector<std::string>{digital_source_type});
  VideoReader reader(file);
  const cv::Mat first = reader.read()->image;
  EXPECT_LT(
      cv::norm(first, moving_picture(frame_size, 0), cv::NORM_L1) / static_cast<double>(first.total() * 3),
      3);
}

TEST_F(VideoWriterTest, AviRoundsTimesToItsRateAndHoldsTheLastFrame) {
  VideoWriterOptions options;
  options.frame_rate = {25, 1};
  options.time_base = {1, 1000};
  VideoWriter writer(folder_ / "made.avi", frame_size, options);
  for (const std::int64_t time : {0, 41, 79, 90, 200}) writer.write(moving_picture(frame_size, 0), time, 400);
  writer.finish();
  writer.commit();
  EXPECT_EQ(probe_frame_times(folder_ / "made.avi"), (std::vector<std::int64_t>{0, 1, 2, 5, 14}));
  ASSERT_EQ(writer.notes().size(), 1U);
  EXPECT_NE(writer.notes()[0].find("1 of 5 frames"), std::string::npos) << writer.notes()[0];
}

TEST_F(VideoWriterTest, WritesAnimatedGif) {
  const auto driver = folder_ / "driver.mp4";
  make_with_ffmpeg(driver_with_beeps + "-c:a aac", driver);
  VideoWriterOptions options = ntsc_options();
  options.audio_from = driver;
  VideoWriter writer(folder_ / "made.gif", frame_size, options);
  for (int i = 0; i < 30; ++i) writer.write(moving_picture(frame_size, i), 1001 * i, i == 29 ? 15000 : 0);
  writer.finish();
  writer.commit();
  ASSERT_EQ(writer.notes().size(), 1U);
  EXPECT_NE(writer.notes()[0].find(".gif holds none"), std::string::npos) << writer.notes()[0];
  const auto file = folder_ / "made.gif";
  const auto times = probe("-select_streams v -show_entries frame=best_effort_timestamp_time", file);
  ASSERT_EQ(times.size(), 30U);
  for (std::size_t i = 0; i < 30; ++i) {
    EXPECT_NEAR(std::stod(times[i]), static_cast<double>(i) * 1001 / 30000, 0.0051) << i;
  }
  EXPECT_NEAR(std::stod(probe("-show_entries format=duration", file).at(0)), 29 * 1001 / 30000.0 + 0.5,
              0.0101);
  const std::string bytes = testing::read_file(file);
  EXPECT_NE(bytes.find("XMP DataXMP" + synthetic_xmp_packet(options.comment)), std::string::npos);
  EXPECT_EQ(bytes.back(), ';');
  const std::string decoded = testing::run_command("ffmpeg -v error -i '" + file.string() +
                                                   "' -vsync passthrough -f rawvideo -pix_fmt bgr24 -");
  ASSERT_EQ(decoded.size(), 30U * frame_size.area() * 3);
  const cv::Mat first(frame_size, CV_8UC3, const_cast<char*>(decoded.data()));
  cv::Mat blurred;
  cv::Mat expected;
  cv::blur(first, blurred, {8, 8});
  cv::blur(moving_picture(frame_size, 0), expected, {8, 8});
  EXPECT_LT(cv::norm(blurred, expected, cv::NORM_L1) / static_cast<double>(first.total() * 3), 3);
}

TEST_F(VideoWriterTest, AGifChoosesNewColoursWhereThePictureHasOthersAndElseKeepsThem) {
  constexpr int frames_a_shot = 5;
  const auto red_or_blue = [](int index) {
    cv::Mat picture = moving_picture(frame_size, 0);
    cv::rectangle(picture, {10 + index, 20, 30, 30}, {90, 160, 40}, cv::FILLED);
    std::vector<cv::Mat> planes;
    cv::split(picture, planes);
    planes[index < frames_a_shot ? 0 : 2] *= 0.2;
    cv::merge(planes, picture);
    return picture;
  };
  VideoWriter writer(folder_ / "cut.gif", frame_size, {});
  for (int i = 0; i < 2 * frames_a_shot; ++i) writer.write(red_or_blue(i), 512 * i);
  writer.finish();
  writer.commit();
  const std::string decoded = testing::run_command("ffmpeg -v error -i '" + (folder_ / "cut.gif").string() +
                                                   "' -vsync passthrough -f rawvideo -pix_fmt bgr24 -");
  const std::size_t bytes = 3 * static_cast<std::size_t>(frame_size.area());
  ASSERT_EQ(decoded.size(), 2 * frames_a_shot * bytes);
  cv::Mat before;
  for (int i = 0; i < 2 * frames_a_shot; ++i) {
    const cv::Mat frame(frame_size, CV_8UC3,
                        const_cast<char*>(decoded.data() + static_cast<std::size_t>(i) * bytes));
    EXPECT_GT(cv::PSNR(frame, red_or_blue(i)), 30) << "frame " << i;
    const cv::Rect still(0, 60, frame_size.width, frame_size.height - 60);
    if (i % frames_a_shot > 0) {
      EXPECT_EQ(cv::norm(frame(still), before(still), cv::NORM_INF), 0) << i;
    }
    before = frame.clone();
  }
}

TEST_F(VideoWriterTest, AGifIsNoFasterThanPlayersShowIt) {
  VideoWriterOptions options;
  options.frame_rate = {100, 1};
  options.time_base = {1, 100};
  const auto file = write_video("fast.gif", options, even_times(1, 10));
  ASSERT_EQ(notes_.size(), 1U);
  EXPECT_NE(notes_[0].find("5 of 10 frames"), std::string::npos) << notes_[0];
  EXPECT_EQ(probe("-select_streams v -show_entries packet=duration", file), std::vector<std::string>(5, "2"));
}

TEST(PlayableSize, KeepsWhatLevel51HoldsAndShrinksTheRest) {
  EXPECT_EQ(playable_size({1920, 1080}), cv::Size(1920, 1080));
  EXPECT_EQ(playable_size({4096, 2304}), cv::Size(4096, 2304));  // 36,864 macroblocks
  for (const cv::Size size : {cv::Size(4000, 3000), cv::Size(6000, 8000), cv::Size(20000, 1000),
                              cv::Size(30, 16000), cv::Size(4097, 2304)}) {
    const cv::Size smaller = playable_size(size);
    EXPECT_LE(std::max(smaller.width, smaller.height), 8688) << size;
    EXPECT_LE((smaller.width + 15) / 16 * ((smaller.height + 15) / 16), 36864) << size;
    EXPECT_EQ(smaller.width % 2 + smaller.height % 2, 0) << size;
    const bool is_used =
        smaller.area() > 0.97 * 36864 * 256 || std::max(smaller.width, smaller.height) > 8600;
    EXPECT_TRUE(is_used) << size << smaller;
    EXPECT_NEAR(smaller.width, smaller.height * static_cast<double>(size.width) / size.height,
                2.0 + size.width / 500.0)
        << size;
  }
}

TEST_F(VideoWriterTest, WithoutFinishNothingRemains) {
  {
    VideoWriter writer(folder_ / "abandoned.mp4", frame_size, {});
    writer.write(moving_picture(frame_size, 0), 0);
    EXPECT_GT(file_count(), 0U);
  }
  EXPECT_EQ(file_count(), 0U);
}

TEST_F(VideoWriterTest, RefusesToOverwriteUnlessAllowed) {
  testing::write_file(folder_ / "taken.mp4", "precious");
  EXPECT_THROW(VideoWriter(folder_ / "taken.mp4", frame_size, {}), OutputError);
  EXPECT_EQ(testing::read_file(folder_ / "taken.mp4"), "precious");
  VideoWriterOptions options = ntsc_options();
  options.overwrite = true;
  write_video("taken.mp4", options, even_times(1001, 3));
  EXPECT_EQ(probe_frame_times(folder_ / "taken.mp4").size(), 3U);
  EXPECT_EQ(file_count(), 1U);
}

TEST_F(VideoWriterTest, RefusesPlacesThatCannotBeWritten) {
  testing::write_file(folder_ / "file", "");
  EXPECT_THROW(VideoWriter(folder_ / "absent/video.mp4", frame_size, {}), OutputError);
  EXPECT_THROW(VideoWriter(folder_ / "file/video.mp4", frame_size, {}), OutputError);
  EXPECT_THROW(VideoWriter("/proc/video.mp4", frame_size, {}), OutputError);
  EXPECT_THROW(VideoWriter(folder_ / "video.wmv", frame_size, {}), OutputError);
  EXPECT_THROW(VideoWriter(folder_.path(), frame_size, {}), OutputError);
}

TEST_F(VideoWriterTest, RefusesBadOptionsAndFrames) {
  const auto with = [](auto change) {
    VideoWriterOptions options;
    change(options);
    return options;
  };
  const auto make = [&](const VideoWriterOptions& options) {
    VideoWriter(folder_ / "video.mp4", frame_size, options);
  };
  EXPECT_THROW(make(with([](auto& o) { o.crf = 52; })), UsageError);
  EXPECT_THROW(make(with([](auto& o) { o.preset = "hasty"; })), UsageError);
  EXPECT_THROW(make(with([](auto& o) { o.frame_rate = {0, 1}; })), UsageError);
  EXPECT_THROW(make(with([](auto& o) { o.time_base = {1, 0}; })), UsageError);
  EXPECT_THROW(make(with([&](auto& o) { o.audio_from = folder_ / "absent.mp4"; })), InputError);

  VideoWriter writer(folder_ / "video.mp4", frame_size, {});
  EXPECT_THROW(writer.write(moving_picture({80, 60}, 0), 0), OutputError);
  writer.write(moving_picture(frame_size, 0), 10);
  EXPECT_THROW(writer.write(moving_picture(frame_size, 1), 10), OutputError);
  EXPECT_THROW(VideoWriter(folder_ / "empty.mp4", frame_size, {}).finish(), OutputError);
}

/// Lets no file of this process grow beyond a size, as a full disk does.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &previous_);
    const rlimit limit{bytes, previous_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &previous_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit previous_{};
  void (*handler_)(int);
};

TEST_F(VideoWriterTest, AFullDiskIsAnOutputError) {
  VideoWriterOptions options;
  options.crf = 0;
  {
    const FileSizeLimit limit(100'000);
    EXPECT_THROW(write_video("large.mp4", options, even_times(512, 200)), OutputError);
  }
  EXPECT_EQ(file_count(), 0U);
}

}  // namespace
}  // namespace reenact
