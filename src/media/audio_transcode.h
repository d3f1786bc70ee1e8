#pragma once

extern "C" {
#include <libavutil/audio_fifo.h>
#include <libswresample/swresample.h>
}

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "media/audio_track.h"
#include "media/continuous_times.h"

namespace reenact {

/// A file's main sound track, decoded and encoded again, mono or stereo, sample-exact from the origin on.
/// Gaps become silence. Holds a few packets, whatever the length.
class AudioTranscode final : public AudioTrack {
 public:
  /// Null when the file has no sound, or sound that cannot be decoded, or `encoder` is not there.
  /// Throws InputError when the file cannot be opened.
  static std::unique_ptr<AudioTranscode> open(const std::filesystem::path& path, const char* encoder);

  const AVCodecParameters& codec() const override { return *parameters_; }
  AVRational time_base() const override { return encoder_->time_base; }
  void start_at(std::int64_t time, AVRational time_base) override;
  AVPacket* next_before(std::int64_t end, AVRational time_base) override;

 private:
  struct ParametersFreer {
    void operator()(AVCodecParameters* parameters) const { avcodec_parameters_free(&parameters); }
  };
  struct FifoFreer {
    void operator()(AVAudioFifo* fifo) const { av_audio_fifo_free(fifo); }
  };
  struct ResamplerFreer {
    void operator()(SwrContext* resampler) const { swr_free(&resampler); }
  };

  AudioTranscode() = default;
  bool encode_packet();
  void send_frame();
  void fill_queue();
  const AVFrame* decode_frame();
  void resample(const AVFrame* frame);
  void append(const AVFrame& samples, int skipped);
  libav::Frame make_samples(int count) const;

  libav::Input input_;
  AVStream* stream_ = nullptr;
  libav::Codec decoder_;
  libav::Codec encoder_;
  std::unique_ptr<AVCodecParameters, ParametersFreer> parameters_;
  std::unique_ptr<SwrContext, ResamplerFreer> resampler_;
  std::unique_ptr<AVAudioFifo, FifoFreer> queue_;  ///< samples that wait for a full frame of the encoder
  std::optional<ContinuousTimes> times_;
  libav::Packet read_packet_;
  libav::Packet packet_;
  libav::Frame decoded_;
  libav::Frame resampled_;  ///< waits behind silence_
  std::int64_t origin_ = 0;
  std::int64_t queued_ = 0;   ///< samples ever put into queue_, counted from the origin
  std::int64_t encoded_ = 0;  ///< samples ever given to the encoder
  std::int64_t silence_ = 0;  ///< samples of silence that come first
  bool is_at_end_ = false;
  bool waiting_ = false;  ///< packet_ is made but starts too late for the last call
};

}  // namespace reenact
