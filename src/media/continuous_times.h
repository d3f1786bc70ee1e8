#pragma once

#include <cstdint>
#include <optional>

#include "media/libav.h"

namespace reenact {

/// The times of a stream whose clock may jump, as that of a transport stream does where recordings were
/// joined or a camera began anew: made to go on where they stopped. As in FFmpeg's program a jump is more
/// than 0.1 s back or more than 10 s ahead, in containers that may have any. Sound is shifted as the picture
/// is, so that it stays in step.
class ContinuousTimes {
 public:
  /// Lets `input` give no streams but `stream` and, where its clock may jump, the main picture.
  ContinuousTimes(AVFormatContext& input, const AVStream& stream);

  /// Takes the next packet of the file, and shifts it when it is of the stream.
  void apply(AVPacket& packet);

 private:
  struct Clock {
    explicit Clock(const AVStream& watched);
    void advance(const AVPacket& packet);
    void set_offset(std::int64_t offset);

    const AVStream* stream;
    std::int64_t furthest_back;
    std::int64_t furthest_ahead;
    std::int64_t offset = 0;
    int jumps = 0;
    std::optional<std::int64_t> next;  ///< where the next packet should be decoded
  };

  bool may_jump_;
  Clock own_;
  std::optional<Clock> picture_;  ///< where it is another stream
};

}  // namespace reenact
