#include "media/webp_animation.h"

#include <stdexcept>
#include <utility>

#include "media/alpha.h"

namespace reenact {
namespace {

std::int64_t total_duration(const WebPData& data) {
  WebPDemuxer* demuxer = WebPDemux(&data);
  std::int64_t total = 0;
  WebPIterator frame;
  for (int more = WebPDemuxGetFrame(demuxer, 1, &frame); more != 0; more = WebPDemuxNextFrame(&frame)) {
    total += frame.duration;
  }
  WebPDemuxReleaseIterator(&frame);
  WebPDemuxDelete(demuxer);
  return total;
}

}  // namespace

WebpAnimation::WebpAnimation(std::string bytes) : bytes_(std::move(bytes)) {
  const WebPData data = {reinterpret_cast<const std::uint8_t*>(bytes_.data()), bytes_.size()};
  WebPAnimDecoderOptions options;
  WebPAnimInfo info;
  WebPAnimDecoderOptionsInit(&options);
  options.color_mode = MODE_BGRA;
  decoder_.reset(WebPAnimDecoderNew(&data, &options));
  if (!decoder_ || WebPAnimDecoderGetInfo(decoder_.get(), &info) == 0)
    throw std::invalid_argument("no WebP animation");
  size_ = cv::Size(static_cast<int>(info.canvas_width), static_cast<int>(info.canvas_height));
  frame_count_ = static_cast<int>(info.frame_count);
  duration_ms_ = total_duration(data);
}

std::optional<WebpAnimation::Frame> WebpAnimation::next() {
  std::uint8_t* pixels = nullptr;
  int end_ms = 0;
  if (WebPAnimDecoderGetNext(decoder_.get(), &pixels, &end_ms) == 0) return std::nullopt;
  Frame frame;
  frame.image = blend_on_white(cv::Mat(size_, CV_8UC4, pixels));
  frame.start_ms = std::exchange(time_ms_, end_ms);
  frame.end_ms = end_ms;
  return frame;
}

}  // namespace reenact
