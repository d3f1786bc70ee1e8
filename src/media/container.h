#pragma once

#include <cstdint>
#include <filesystem>

#include "media/audio_track.h"
#include "media/libav.h"

namespace reenact {

/// How a file of a certain ending is written.
struct Container {
  enum class Times {
    exact,          ///< any, to the tick or the millisecond
    constant_rate,  ///< one number of frames a second
    hundredths,     ///< of a second, two at least between pictures: players slow down what is faster
  };
  enum class Mark { metadata, xmp_box, gif_extension };

  const char* ending;
  const char* muxer;
  const char* encoder;
  const char* alpha_encoder;  ///< for pictures with alpha; null where the container has none
  /// For sound that the container cannot hold as it is; null where it holds no sound.
  const char* sound_encoder;
  Times times;
  Mark mark;                 ///< how it says that it is synthetic
  std::int64_t longest_gap;  ///< between two pictures, in ticks of its clock

  /// Whether the container writes a header for this sound, which not all do for what they are said to hold,
  /// and keeps its times.
  bool can_hold(const AudioTrack& sound) const;
};

/// Throws OutputError for endings that cannot be written.
const Container& container_of(const std::filesystem::path& path);

}  // namespace reenact
