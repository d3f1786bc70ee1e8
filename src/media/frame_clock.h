#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <vector>

#include "media/libav.h"

namespace reenact {

/// Presentation times of a video's frames in display order, read from its packets without decoding.
/// Holds a few dozen timestamps, whatever the length of the video.
class FrameClock {
 public:
  /// `input` and `stream` must outlive the clock, which reads `input` to its end.
  FrameClock(AVFormatContext& input, const AVStream& stream);

  /// The next time in ticks of the stream's time base, counted from its start; nothing at the end.
  std::optional<std::int64_t> peek();
  void pop();

  /// Number of times not popped yet; reads the rest of the file.
  std::int64_t count_remaining();

 private:
  void fill();
  std::optional<std::int64_t> read_packet_time();

  AVFormatContext& input_;
  const AVStream& stream_;
  libav::Packet packet_;
  std::priority_queue<std::int64_t, std::vector<std::int64_t>, std::greater<>> pending_;
  bool at_end_ = false;
};

}  // namespace reenact
