#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reenact/core/rational.h"
#include "reenact/io/arkit_channels.h"

namespace reenact {

/// One frame of a take.
struct ArkitFrame {
  std::int64_t timestamp = 0;  ///< ticks of ArkitTake::time_base() since the first frame
  bool tracked = true;         ///< false: the take says that the face was lost
  ArkitValues values{};        ///< 0 where the take has no such channel
};

/// Frame rate of a take that gives no times.
inline constexpr Rational usual_take_rate{60, 1};

/// Blend shapes of ARKit over time, recorded by somebody else's program: Live Link Face's CSV, and plain CSV
/// and JSON (docs/motion_format.md). A CSV is read a line at a time, so its length costs no memory.
class ArkitTake {
 public:
  /// Reads the file once to learn its times and to find what is wrong with it. `frame_rate` is the one that
  /// timecodes count in, or of a take that gives no times; without it, it is concluded from the timecodes.
  /// Throws InputError naming the line, UsageError for a rate that the timecodes contradict.
  explicit ArkitTake(const std::filesystem::path& path,
                     const std::optional<Rational>& frame_rate = std::nullopt);
  ~ArkitTake();

  Rational frame_rate() const;  ///< nominal, of the frames
  Rational time_base() const;   ///< seconds per tick
  bool has(std::size_t channel) const;
  /// Sentences about what had to be assumed.
  const std::vector<std::string>& notes() const;

  std::optional<ArkitFrame> read();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace reenact
