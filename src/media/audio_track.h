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
};

}  // namespace reenact
