#pragma once

#include <cstdint>
#include <filesystem>

#include "media/libav.h"

namespace reenact {

/// The audio packets of a file's main sound track, untouched, with times counted from a chosen origin.
class AudioCopy {
 public:
  /// Throws InputError when the file cannot be opened.
  explicit AudioCopy(const std::filesystem::path& path);

  bool has_audio() const { return stream_ != nullptr; }
  const AVCodecParameters& codec() const { return *stream_->codecpar; }
  AVRational time_base() const { return stream_->time_base; }

  /// Makes a time on the file's own clock the origin of the packets' times.
  void start_at(std::int64_t time, AVRational time_base);

  /// The next packet in time_base() that starts before `end` and does not lie wholly before the origin,
  /// or null. The packet belongs to this object until the next call.
  AVPacket* next_before(std::int64_t end, AVRational time_base);

 private:
  bool read_packet();

  libav::Input input_;
  AVStream* stream_;
  libav::Packet packet_;
  std::int64_t origin_ = 0;
  bool waiting_ = false;  ///< packet_ is read but starts too late for the last call
};

}  // namespace reenact
