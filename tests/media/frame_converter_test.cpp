#include "media/frame_converter.h"

#include <gtest/gtest.h>

#include <cstring>
#include <opencv2/core.hpp>

namespace reenact {
namespace {

constexpr int width = 32;
constexpr int height = 16;

/// Colours that grow across the picture; nothing is stated of what they mean.
libav::Frame colourful_frame() {
  libav::Frame frame = libav::make_frame();
  frame->format = AV_PIX_FMT_YUV444P;
  frame->width = width;
  frame->height = height;
  EXPECT_GE(av_frame_get_buffer(frame.get(), 0), 0);
  for (int plane = 0; plane < 3; ++plane) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        frame->data[plane][y * frame->linesize[plane] + x] =
            static_cast<std::uint8_t>(40 + 5 * x + 3 * y * plane);
      }
    }
  }
  return frame;
}

cv::Mat converted(const AVFrame& frame) {
  return FrameConverter({width, height}, {}, Alpha::on_white).convert(frame);
}

TEST(FrameConverter, NumbersThatMeanNoColourSpaceCountAsNone) {
  const cv::Mat expected = converted(*colourful_frame());
  const libav::Frame frame = colourful_frame();
  for (const int number : {-1, 15, 31, 127, 255, 1 << 30}) {
    std::memcpy(&frame->colorspace, &number, sizeof number);
    std::memcpy(&frame->color_trc, &number, sizeof number);
    std::memcpy(&frame->color_primaries, &number, sizeof number);
    std::memcpy(&frame->color_range, &number, sizeof number);
    EXPECT_EQ(unreadable_colours(*frame), "") << number;
    EXPECT_EQ(cv::norm(converted(*frame), expected, cv::NORM_INF), 0) << number;
  }
}

TEST(FrameConverter, TakesTheMatrixThatIsStated) {
  const libav::Frame frame = colourful_frame();
  frame->colorspace = AVCOL_SPC_BT709;
  EXPECT_GT(cv::norm(converted(*frame), converted(*colourful_frame()), cv::NORM_INF), 2);
}

TEST(FrameConverter, NamesColoursThatItCannotRead) {
  const libav::Frame frame = colourful_frame();
  frame->colorspace = AVCOL_SPC_YCGCO;
  EXPECT_EQ(unreadable_colours(*frame), "colours in ycgco");
}

}  // namespace
}  // namespace reenact
