#include "media/frame_clock.h"

namespace reenact {
namespace {

// H.264 and HEVC reorder at most 16 frames.
constexpr std::size_t reorder_window = 32;

}  // namespace

FrameClock::FrameClock(AVFormatContext& input, const AVStream& stream)
    : input_(input), stream_(stream), packet_(libav::make_packet()) {
  libav::select_only(input_, stream_);
}

std::optional<std::int64_t> FrameClock::peek() {
  fill();
  if (pending_.empty()) return std::nullopt;
  return pending_.top();
}

void FrameClock::pop() { pending_.pop(); }

std::int64_t FrameClock::count_remaining() {
  auto count = static_cast<std::int64_t>(pending_.size());
  while (!at_end_) {
    if (read_packet_time()) ++count;
  }
  return count;
}

void FrameClock::fill() {
  while (!at_end_ && pending_.size() < reorder_window) {
    if (const auto time = read_packet_time()) pending_.push(*time);
  }
}

std::optional<std::int64_t> FrameClock::read_packet_time() {
  if (av_read_frame(&input_, packet_.get()) < 0) {
    at_end_ = true;
    return std::nullopt;
  }
  const bool shown = packet_->stream_index == stream_.index && (packet_->flags & AV_PKT_FLAG_DISCARD) == 0;
  const std::int64_t time = packet_->pts != AV_NOPTS_VALUE ? packet_->pts : packet_->dts;
  av_packet_unref(packet_.get());
  if (!shown || time == AV_NOPTS_VALUE) return std::nullopt;
  return time - (stream_.start_time != AV_NOPTS_VALUE ? stream_.start_time : 0);
}

}  // namespace reenact
