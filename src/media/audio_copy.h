#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "media/audio_track.h"
#include "media/continuous_times.h"

namespace reenact {

/// The packets of a file's main sound track, untouched.
class AudioCopy final : public AudioTrack {
 public:
  /// Throws InputError when the file cannot be opened.
  explicit AudioCopy(const std::filesystem::path& path);

  bool has_audio() const { return stream_ != nullptr; }
  const AVCodecParameters& codec() const override { return *stream_->codecpar; }
  AVRational time_base() const override { return stream_->time_base; }
  void start_at(std::int64_t time, AVRational time_base) override;
  AVPacket* next_before(std::int64_t end, AVRational time_base) override;

 private:
  bool read_packet();

  libav::Input input_;
  AVStream* stream_;
  std::optional<ContinuousTimes> times_;
  libav::Packet packet_;
  std::int64_t origin_ = 0;
  std::optional<std::int64_t> last_;  ///< time of the packet before, from the origin
  bool waiting_ = false;              ///< packet_ is read but starts too late for the last call
};

}  // namespace reenact
