#include "media/audio_copy.h"

extern "C" {
#include <libavutil/common.h>
}

namespace reenact {

AudioCopy::AudioCopy(const std::filesystem::path& path)
    : input_(libav::open_input(path)),
      stream_(libav::main_stream(*input_, AVMEDIA_TYPE_AUDIO)),
      packet_(libav::make_packet()) {
  if (stream_ == nullptr) return;
  times_.emplace(*input_, *stream_);
}

void AudioCopy::start_at(std::int64_t time, AVRational time_base) {
  origin_ = av_rescale_q(time, time_base, stream_->time_base);
}

AVPacket* AudioCopy::next_before(std::int64_t end, AVRational time_base) {
  if (!waiting_ && !read_packet()) return nullptr;
  waiting_ = av_compare_ts(packet_->pts, stream_->time_base, end, time_base) >= 0;
  return waiting_ ? nullptr : packet_.get();
}

bool AudioCopy::read_packet() {
  for (;;) {
    av_packet_unref(packet_.get());
    if (!read(*input_, *packet_)) return false;
    times_->apply(*packet_);
    if (packet_->stream_index != stream_->index) continue;
    if (packet_->pts == AV_NOPTS_VALUE) packet_->pts = packet_->dts;
    if (packet_->pts == AV_NOPTS_VALUE) continue;
    packet_->pts = av_sat_sub64(packet_->pts, origin_);
    packet_->dts = packet_->pts;
    if (last_ && packet_->pts <= *last_) continue;  // no container holds packets that go back
    // A packet that ends at the origin is what the decoder of the next one is primed with.
    if (av_sat_add64(packet_->pts, packet_->duration) < 0) continue;
    last_ = packet_->pts;
    return true;
  }
}

}  // namespace reenact
