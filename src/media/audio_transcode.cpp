#include "media/audio_transcode.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <new>
#include <utility>

namespace reenact {
namespace {

constexpr int bits_per_second_and_channel = 96000;

/// A gap between two packets that is shorter than this is a rounding of their times.
constexpr int gaps_per_second = 25;

int supported_rate(const AVCodec& encoder, int wanted) {
  constexpr int usual_rate = 48000;
  if (encoder.supported_samplerates == nullptr) return wanted;
  for (const int* rate = encoder.supported_samplerates; *rate != 0; ++rate) {
    if (*rate == wanted) return wanted;
  }
  return usual_rate;
}

/// Samples that the encoder takes at once.
int frame_size_of(const AVCodecContext& encoder) {
  constexpr int usual_size = 1024;  // PCM takes any
  return encoder.frame_size > 0 ? encoder.frame_size : usual_size;
}

void check_memory(int result) {
  if (result < 0) throw std::bad_alloc();
}

}  // namespace

std::unique_ptr<AudioTranscode> AudioTranscode::open(const std::filesystem::path& path,
                                                     const char* encoder_name) {
  std::unique_ptr<AudioTranscode> track(new AudioTranscode());
  track->input_ = libav::open_input(path);
  track->stream_ = libav::main_stream(*track->input_, AVMEDIA_TYPE_AUDIO);
  const AVCodec* encoder = avcodec_find_encoder_by_name(encoder_name);
  if (track->stream_ == nullptr || encoder == nullptr) return nullptr;
  track->times_.emplace(*track->input_, *track->stream_);
  const AVCodecParameters& stored = *track->stream_->codecpar;
  const AVCodec* decoder = avcodec_find_decoder(stored.codec_id);
  track->decoder_.reset(avcodec_alloc_context3(decoder));
  track->encoder_.reset(avcodec_alloc_context3(encoder));
  if (!track->decoder_ || !track->encoder_) throw std::bad_alloc();
  if (decoder == nullptr || avcodec_parameters_to_context(track->decoder_.get(), &stored) < 0 ||
      avcodec_open2(track->decoder_.get(), decoder, nullptr) < 0) {
    return nullptr;
  }
  AVCodecContext& made = *track->encoder_;
  made.sample_rate = supported_rate(*encoder, stored.sample_rate);
  made.sample_fmt = encoder->sample_fmts[0];
  av_channel_layout_default(&made.ch_layout, stored.ch_layout.nb_channels == 1 ? 1 : 2);
  made.bit_rate = std::int64_t{bits_per_second_and_channel} * made.ch_layout.nb_channels;
  made.time_base = {1, made.sample_rate};
  made.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  if (avcodec_open2(&made, encoder, nullptr) < 0) return nullptr;
  track->parameters_.reset(avcodec_parameters_alloc());
  track->queue_.reset(av_audio_fifo_alloc(made.sample_fmt, made.ch_layout.nb_channels, frame_size_of(made)));
  if (!track->parameters_ || !track->queue_) throw std::bad_alloc();
  check_memory(avcodec_parameters_from_context(track->parameters_.get(), &made));
  track->read_packet_ = libav::make_packet();
  track->packet_ = libav::make_packet();
  track->decoded_ = libav::make_frame();
  return track;
}

void AudioTranscode::start_at(std::int64_t time, AVRational time_base) {
  origin_ = av_rescale_q(time, time_base, stream_->time_base);
}

AVPacket* AudioTranscode::next_before(std::int64_t end, AVRational time_base) {
  if (!waiting_ && !encode_packet()) return nullptr;
  waiting_ = av_compare_ts(packet_->pts, encoder_->time_base, end, time_base) >= 0;
  return waiting_ ? nullptr : packet_.get();
}

bool AudioTranscode::encode_packet() {
  for (;;) {
    av_packet_unref(packet_.get());
    const int received = avcodec_receive_packet(encoder_.get(), packet_.get());
    if (received >= 0) return true;
    if (received != AVERROR(EAGAIN)) return false;
    send_frame();
  }
}

/// Gives the encoder its next frame, or the end.
void AudioTranscode::send_frame() {
  const int frame_size = frame_size_of(*encoder_);
  while (av_audio_fifo_size(queue_.get()) < frame_size && !is_at_end_) fill_queue();
  const int count = std::min(av_audio_fifo_size(queue_.get()), frame_size);
  if (count == 0) {
    avcodec_send_frame(encoder_.get(), nullptr);
    return;
  }
  const libav::Frame frame = make_samples(count);
  check_memory(av_audio_fifo_read(queue_.get(), reinterpret_cast<void**>(frame->extended_data), count));
  frame->pts = encoded_;
  encoded_ += count;
  avcodec_send_frame(encoder_.get(), frame.get());
}

void AudioTranscode::fill_queue() {
  if (silence_ > 0) {
    const int count = static_cast<int>(std::min<std::int64_t>(silence_, frame_size_of(*encoder_)));
    const libav::Frame frame = make_samples(count);
    check_memory(av_samples_set_silence(frame->extended_data, 0, count, encoder_->ch_layout.nb_channels,
                                        encoder_->sample_fmt));
    append(*frame, 0);
    silence_ -= count;
  } else if (resampled_) {
    append(*resampled_, 0);
    resampled_.reset();
  } else {
    const AVFrame* frame = decode_frame();
    is_at_end_ = frame == nullptr;
    resample(frame);
  }
}

/// Null at the end.
const AVFrame* AudioTranscode::decode_frame() {
  for (;;) {
    const int received = avcodec_receive_frame(decoder_.get(), decoded_.get());
    if (received >= 0) return decoded_.get();
    if (received == AVERROR_EOF) return nullptr;
    av_packet_unref(read_packet_.get());
    const bool is_there = read(*input_, *read_packet_);
    if (is_there) times_->apply(*read_packet_);
    if (is_there && read_packet_->stream_index != stream_->index) continue;
    avcodec_send_packet(decoder_.get(), is_there ? read_packet_.get() : nullptr);
  }
}

/// Turns a decoded frame, or (null) what the resampler still holds, into samples that lie behind those
/// queued.
void AudioTranscode::resample(const AVFrame* frame) {
  if (frame == nullptr && !resampler_) return;
  libav::Frame samples = libav::make_frame();
  samples->format = encoder_->sample_fmt;
  samples->sample_rate = encoder_->sample_rate;
  check_memory(av_channel_layout_copy(&samples->ch_layout, &encoder_->ch_layout));
  if (!resampler_) {
    resampler_.reset(swr_alloc());
    if (!resampler_) throw std::bad_alloc();
  }
  int converted = swr_convert_frame(resampler_.get(), samples.get(), frame);
  if (converted == AVERROR_INPUT_CHANGED) {
    swr_close(resampler_.get());
    converted = swr_config_frame(resampler_.get(), samples.get(), frame);
    if (converted >= 0) converted = swr_convert_frame(resampler_.get(), samples.get(), frame);
  }
  if (converted < 0 || samples->nb_samples == 0) return;
  std::int64_t start = queued_;
  if (frame != nullptr && frame->best_effort_timestamp != AV_NOPTS_VALUE) {
    const std::int64_t stated =
        av_rescale_q(frame->best_effort_timestamp - origin_, stream_->time_base, encoder_->time_base);
    const std::int64_t gap = stated - queued_;
    if (queued_ == 0 || gap > encoder_->sample_rate / gaps_per_second) start = stated;
  }
  const std::int64_t skipped = std::max<std::int64_t>(0, queued_ - start);
  if (skipped >= samples->nb_samples) return;
  silence_ = std::max<std::int64_t>(0, start - queued_);
  if (silence_ > 0) {
    resampled_ = std::move(samples);
  } else {
    append(*samples, static_cast<int>(skipped));
  }
}

void AudioTranscode::append(const AVFrame& samples, int skipped) {
  std::array<void*, 2> planes{};
  const int bytes = av_get_bytes_per_sample(encoder_->sample_fmt);
  const bool is_planar = av_sample_fmt_is_planar(encoder_->sample_fmt) != 0;
  const int channels = encoder_->ch_layout.nb_channels;
  for (std::size_t i = 0; i < (is_planar ? static_cast<std::size_t>(channels) : 1U); ++i) {
    planes.at(i) = samples.extended_data[i] + std::ptrdiff_t{skipped} * bytes * (is_planar ? 1 : channels);
  }
  const int count = samples.nb_samples - skipped;
  check_memory(av_audio_fifo_write(queue_.get(), planes.data(), count));
  queued_ += count;
}

libav::Frame AudioTranscode::make_samples(int count) const {
  libav::Frame frame = libav::make_frame();
  frame->nb_samples = count;
  frame->format = encoder_->sample_fmt;
  frame->sample_rate = encoder_->sample_rate;
  check_memory(av_channel_layout_copy(&frame->ch_layout, &encoder_->ch_layout));
  check_memory(av_frame_get_buffer(frame.get(), 0));
  return frame;
}

}  // namespace reenact
