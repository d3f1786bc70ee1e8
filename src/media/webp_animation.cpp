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

/// Where the last frame ends that is there in full; 0 when there is none.
std::size_t end_of_complete_frames(const WebPData& data) {
  WebPDemuxState state = WEBP_DEMUX_PARSE_ERROR;
  WebPDemuxer* demuxer = WebPDemuxPartial(&data, &state);
  std::size_t end = 0;
  WebPIterator frame;
  for (int more = WebPDemuxGetFrame(demuxer, 1, &frame); more != 0; more = WebPDemuxNextFrame(&frame)) {
    if (frame.complete == 0) break;
    end = static_cast<std::size_t>(frame.fragment.bytes - data.bytes) + frame.fragment.size;
    end += end % 2;
  }
  WebPDemuxReleaseIterator(&frame);
  WebPDemuxDelete(demuxer);
  return end;
}

/// Cuts a file off behind its last whole frame, where it ends within one, so that libwebp takes it.
bool drop_incomplete_frame(std::string& bytes) {
  const WebPData data = {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
  WebPDemuxState state = WEBP_DEMUX_PARSE_ERROR;
  WebPDemuxDelete(WebPDemuxPartial(&data, &state));
  if (state == WEBP_DEMUX_DONE) return false;
  const std::size_t end = end_of_complete_frames(data);
  if (end == 0) return false;
  bytes.resize(end);
  constexpr std::size_t riff_header = 8;
  for (std::size_t i = 0; i < 4; ++i)
    bytes[4 + i] = static_cast<char>(((end - riff_header) >> (8 * i)) & 0xFF);
  return true;
}

}  // namespace

WebpAnimation::WebpAnimation(std::string bytes) : bytes_(std::move(bytes)) {
  is_cut_off_ = drop_incomplete_frame(bytes_);
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
