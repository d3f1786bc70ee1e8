#include "media/continuous_times.h"

#include <algorithm>

namespace reenact {
namespace {

constexpr AVRational milliseconds = {1, 1000};
constexpr std::int64_t furthest_back_ms = 100;
constexpr std::int64_t furthest_ahead_ms = 10'000;

}  // namespace

ContinuousTimes::Clock::Clock(const AVStream& watched)
    : stream(&watched),
      furthest_back(av_rescale_q(furthest_back_ms, milliseconds, watched.time_base)),
      furthest_ahead(av_rescale_q(furthest_ahead_ms, milliseconds, watched.time_base)) {}

void ContinuousTimes::Clock::advance(const AVPacket& packet) {
  if (packet.dts == AV_NOPTS_VALUE) return;
  const std::int64_t jump = next ? packet.dts + offset - *next : 0;
  if (jump < -furthest_back || jump > furthest_ahead) {
    offset -= jump;
    ++jumps;
  }
  next = packet.dts + offset + std::max<std::int64_t>(packet.duration, 0);
}

void ContinuousTimes::Clock::set_offset(std::int64_t wanted) {
  if (next) *next += wanted - offset;
  offset = wanted;
}

ContinuousTimes::ContinuousTimes(AVFormatContext& input, const AVStream& stream)
    : may_jump_((input.iformat->flags & AVFMT_TS_DISCONT) != 0), own_(stream) {
  libav::select_only(input, stream);
  AVStream* picture = may_jump_ ? libav::main_stream(input, AVMEDIA_TYPE_VIDEO) : nullptr;
  if (picture == nullptr || picture == &stream) return;
  picture->discard = AVDISCARD_DEFAULT;
  picture_.emplace(*picture);
}

void ContinuousTimes::apply(AVPacket& packet) {
  if (!may_jump_) return;
  const bool is_own = packet.stream_index == own_.stream->index;
  if (is_own) own_.advance(packet);
  if (picture_ && packet.stream_index == picture_->stream->index) picture_->advance(packet);
  if (picture_ && picture_->jumps == own_.jumps) {
    own_.set_offset(av_rescale_q(picture_->offset, picture_->stream->time_base, own_.stream->time_base));
  }
  if (!is_own) return;
  if (packet.dts != AV_NOPTS_VALUE) packet.dts += own_.offset;
  if (packet.pts != AV_NOPTS_VALUE) packet.pts += own_.offset;
}

}  // namespace reenact
