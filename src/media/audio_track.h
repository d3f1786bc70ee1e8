#pragma once

#include <cstdint>

#include "media/libav.h"

namespace reenact {

/// The sound of a driver as packets for a muxer, their times counted from a chosen origin.
class AudioTrack {
 public:
  virtual ~AudioTrack() = default;

  virtual const AVCodecParameters& codec() const = 0;
  virtual AVRational time_base() const = 0;

  /// Makes a time on the driver's own clock the origin of the packets' times.
  virtual void start_at(std::int64_t time, AVRational time_base) = 0;

  /// The next packet in time_base() that starts before `end` and does not lie wholly before the origin,
  /// or null. The packet belongs to this object until the next call.
  virtual AVPacket* next_before(std::int64_t end, AVRational time_base) = 0;

  /// What libav said when the file could not be read on before its end; 0 when nothing went wrong.
  int read_error() const { return read_error_; }

 protected:
  /// Reads the file's next packet into `packet`; false at the end and when it cannot be read on.
  bool read(AVFormatContext& input, AVPacket& packet) {
    const int result = av_read_frame(&input, &packet);
    if (result < 0 && result != AVERROR_EOF) read_error_ = result;
    return result >= 0;
  }

 private:
  int read_error_ = 0;
};

}  // namespace reenact
