#include "media/planar_colours.h"

#include <gtest/gtest.h>

#include <array>

namespace reenact {
namespace {

libav::Frame planes_of(cv::Size size) {
  libav::Frame frame = libav::make_frame();
  frame->format = AV_PIX_FMT_YUV420P;
  frame->width = size.width;
  frame->height = size.height;
  EXPECT_EQ(av_frame_get_buffer(frame.get(), 0), 0);
  return frame;
}

libav::Frame converted_by_swscale(const cv::Mat& bgr, cv::Size size) {
  libav::Frame frame = planes_of(size);
  const libav::Scaler scaler(sws_getContext(size.width, size.height, AV_PIX_FMT_BGR24, size.width,
                                            size.height, AV_PIX_FMT_YUV420P, SWS_BICUBIC | SWS_ACCURATE_RND,
                                            nullptr, nullptr, nullptr));
  const std::array<const std::uint8_t*, 1> source = {bgr.data};
  const std::array<int, 1> stride = {static_cast<int>(bgr.step[0])};
  sws_scale(scaler.get(), source.data(), stride.data(), 0, size.height, frame->data, frame->linesize);
  return frame;
}

cv::Mat plane(const AVFrame& frame, int number) {
  const int half = number == 0 ? 1 : 2;
  return {frame.height / half, frame.width / half, CV_8UC1, frame.data[number],
          static_cast<std::size_t>(frame.linesize[number])};
}

/// Noise, or the extremes of every channel side by side.
cv::Mat picture(cv::Size size, bool extreme) {
  cv::Mat bgr(size, CV_8UC3);
  cv::RNG random(7);
  random.fill(bgr, cv::RNG::UNIFORM, 0, 256);
  if (extreme) bgr = (bgr > 127);
  return bgr;
}

TEST(PlanarColours, GivesTheValuesOfSwscale) {
  for (const cv::Size size :
       {cv::Size(16, 16), cv::Size(34, 18), cv::Size(130, 66), cv::Size(512, 512), cv::Size(1278, 722)}) {
    PlanarColours colours(size);
    for (const bool extreme : {false, true}) {
      const cv::Mat bgr = picture(size + cv::Size(1, 1), extreme);
      const libav::Frame expected = converted_by_swscale(bgr, size);
      const libav::Frame frame = planes_of(size);
      colours.convert(bgr, *frame);
      for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(cv::norm(plane(*frame, i), plane(*expected, i), cv::NORM_INF), 0)
            << size << " plane " << i << (extreme ? " extreme" : "");
      }
    }
  }
}

}  // namespace
}  // namespace reenact
