// What VideoReader gives, beside what ffmpeg's own program decodes from the same files.
#include <gtest/gtest.h>

#include <opencv2/core.hpp>

#include "reenact/media/video_reader.h"
#include "support/media_samples.h"
#include "support/temporary_directory.h"

namespace reenact {
namespace {

using testing::make_with_ffmpeg;
using testing::probe_frame_times;
using testing::run_command;
using testing::TemporaryDirectory;

/// `to_square` is ffmpeg's filter for pixels that are not square, which its program leaves as they are. Where
/// there is a `remux`, its BASE is the file that `arguments` make.
struct Case {
  const char* file;
  const char* arguments;
  const char* to_square = "null";
  const char* remux = nullptr;
};

const std::string picture = "-f lavfi -i testsrc2=size=400x300:rate=25:duration=0.8 ";

std::string quoted(const std::filesystem::path& path) { return " '" + path.string() + "' "; }

class AgainstFfmpeg : public ::testing::TestWithParam<Case> {
 protected:
  TemporaryDirectory folder_;
};

TEST_P(AgainstFfmpeg, TimesAndColoursAreTheSame) {
  const auto file = folder_ / GetParam().file;
  if (GetParam().remux == nullptr) {
    make_with_ffmpeg(picture + GetParam().arguments, file);
  } else {
    const auto base = folder_ / ("base" + file.extension().string());
    make_with_ffmpeg(picture + GetParam().arguments, base);
    std::string remux = GetParam().remux;
    for (std::size_t at = remux.find("BASE"); at != std::string::npos; at = remux.find("BASE")) {
      remux.replace(at, 4, quoted(base));
    }
    make_with_ffmpeg(remux, file);
  }
  VideoReader reader(file);
  std::vector<std::int64_t> times = probe_frame_times(file);
  ASSERT_FALSE(times.empty());
  EXPECT_EQ(reader.info().start, times.front());
  const std::string decoded =
      run_command("ffmpeg -v error -i" + quoted(file) + "-map 0:v:0 -vsync passthrough -vf " +
                  GetParam().to_square + " -f rawvideo -pix_fmt bgr24 -");
  const cv::Size size(reader.info().width, reader.info().height);
  const std::size_t bytes = 3 * static_cast<std::size_t>(size.area());
  ASSERT_EQ(decoded.size(), times.size() * bytes);
  std::size_t count = 0;
  for (; const auto frame = reader.read(); ++count) {
    ASSERT_LT(count, times.size());
    EXPECT_EQ(frame->timestamp, times[count] - times.front());
    const cv::Mat expected(size, CV_8UC3, const_cast<char*>(decoded.data() + count * bytes));
    ASSERT_LE(cv::norm(frame->image, expected, cv::NORM_INF), 2) << "frame " << count;
  }
  EXPECT_EQ(count, times.size());
  EXPECT_FALSE(reader.damage());
}

INSTANTIATE_TEST_SUITE_P(
    TwentyContainers, AgainstFfmpeg,
    ::testing::Values(
        Case{"h264_mp4.mp4", "-c:v libx264 -bf 3"},
        Case{"h264_full_range.mp4", "-vf scale=out_range=full,format=yuv420p -c:v libx264 -color_range pc"},
        Case{"h264_bt709.mp4",
             "-vf scale=out_color_matrix=bt709,format=yuv420p -c:v libx264 -colorspace bt709"},
        Case{"h264_bt2020.mkv",
             "-vf scale=out_color_matrix=bt2020,format=yuv420p -c:v libx264 -colorspace bt2020nc"},
        Case{"hevc_10_bit.mkv", "-c:v libx265 -x265-params log-level=none -pix_fmt yuv420p10le"},
        Case{"hevc_open_gop.mp4", "-c:v libx265 -x265-params log-level=none:open-gop=1:keyint=8"},
        Case{"h264_ts.ts", "-c:v libx264 -output_ts_offset 7"},
        Case{"mpeg2_mpg.mpg", "-c:v mpeg2video -q:v 3"}, Case{"wmv2_asf.wmv", "-c:v wmv2 -q:v 3"},
        Case{"flv1_flv.flv", "-c:v flv1 -q:v 3"},
        Case{"h263_3gp.3gp", "-vf scale=352:288,setsar=1 -c:v h263 -q:v 3"},
        Case{"theora_ogv.ogv", "-c:v libtheora -q:v 7"}, Case{"mpeg2_mxf.mxf", "-c:v mpeg2video -q:v 3"},
        Case{"vp8_webm.webm", "-c:v libvpx -auto-alt-ref 1 -lag-in-frames 16 -b:v 1M"},
        Case{"vp9_webm.webm", "-c:v libvpx-vp9 -cpu-used 8 -b:v 1M"},
        Case{"mjpeg_avi.avi", "-c:v mjpeg -q:v 3"}, Case{"mpeg4_mov.mov", "-c:v mpeg4 -bf 2 -q:v 3"},
        Case{"prores_mov.mov", "-c:v prores_ks -pix_fmt yuv422p10le"}, Case{"gif_gif.gif", "-r 10"},
        Case{"apng_apng.apng", "-r 10 -c:v apng -pix_fmt rgb24 -plays 0"},
        Case{"wide_pixels.mp4", "-vf crop=400:224,scale=720:576,setsar=64/45 -c:v libx264", "scale=1024:576"},
        Case{"tall_pixels.mkv", "-vf setsar=2/3 -c:v libx264", "scale=400:450"},
        Case{"on_its_side.mp4", "-c:v libx264 -metadata:s:v rotate=90"},
        Case{"odd_sizes.mkv", "-vf scale=333:251,setsar=1 -pix_fmt yuv444p -c:v libx264"},
        Case{"high_definition.mp4",
             "-vf scale=1280:720:out_color_matrix=bt709,setsar=1,format=yuv420p -colorspace bt709 -c:v "
             "libx264"}),
    [](const auto& info) {
      const std::string name = info.param.file;
      return name.substr(0, name.find('.'));
    });

// Kinds of files that were once called damaged, squeezed or shown in other colours.
INSTANTIATE_TEST_SUITE_P(
    MoreOfEachKind, AgainstFfmpeg,
    ::testing::Values(
        Case{"picture_late.webm", "-f lavfi -i sine=d=0.8 -c:v libvpx -b:v 1M -c:a libvorbis", "null",
             "-itsoffset 0.4 -i BASE -i BASE -map 0:v -map 1:a -c copy"},
        Case{"picture_later.mkv", "-f lavfi -i sine=d=0.8 -c:v mpeg4 -bf 2 -c:a libmp3lame", "null",
             "-itsoffset 0.2 -i BASE -i BASE -map 1:a -map 0:v -c copy"},
        Case{"open_gop_cut.mkv", "-c:v libx264 -bf 2 -x264-params open-gop=1:keyint=8:scenecut=0", "null",
             "-ss 0.35 -i BASE -c copy -copyts"},
        Case{"closed_gop_cut.webm", "-c:v libvpx-vp9 -cpu-used 8 -b:v 1M -g 8", "null",
             "-ss 0.35 -i BASE -c copy"},
        Case{"edit_list.mp4", "-c:v libx264 -bf 2 -g 8", "null", "-ss 0.32 -i BASE -c copy"},
        Case{"anamorphic_dvd.mpg", "-vf scale=720:480,setdar=16/9 -c:v mpeg2video -q:v 3", "scale=853:480"},
        Case{"narrow_pixels.mov", "-vf scale=240:180,setsar=4/3 -c:v mpeg4 -q:v 3", "scale=320:180"},
        Case{"bt2020_10_bit.mp4",
             "-vf scale=out_color_matrix=bt2020,format=yuv420p10le -c:v libx265 -x265-params log-level=none "
             "-colorspace bt2020nc -color_primaries bt2020 -color_trc bt2020-10"},
        Case{"bt709_full_range.webm",
             "-vf scale=out_color_matrix=bt709:out_range=full,format=yuv420p -c:v libvpx-vp9 -cpu-used 8 "
             "-b:v 1M "
             "-colorspace bt709 -color_range pc"},
        Case{"full_range.mov", "-c:v mjpeg -q:v 3 -pix_fmt yuvj422p"},
        Case{"grey.mkv", "-pix_fmt gray -c:v ffv1"}, Case{"rgb.avi", "-pix_fmt bgr24 -c:v huffyuv"}),
    [](const auto& info) {
      const std::string name = info.param.file;
      return name.substr(0, name.find('.'));
    });

}  // namespace
}  // namespace reenact
