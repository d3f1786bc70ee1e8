#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "reenact/animate/retarget.h"
#include "reenact/animate/source_avatar.h"
#include "reenact/core/motion.h"
#include "reenact/mouth/driver_mouth.h"

namespace reenact {

/// Who fills an opened mouth.
enum class MouthInside {
  driver,     ///< what the driver's own mouth shows, where it can be told from its lips
  generated,  ///< the generator
};

/// Frames with an opened mouth, by what filled it.
struct MouthCounts {
  std::int64_t driver = 0;
  std::int64_t remembered = 0;  ///< the driver's, as another frame of the shot shows it
  std::int64_t unclear =
      0;  ///< generated: the driver's lips and the inside of its mouth could not be told apart
  std::int64_t turned = 0;  ///< generated: a head was turned too far
  void add(MouthUse use);
};

/// The mouth of a driver in one shot for a source, or nothing and in `note` why the generator paints it.
/// `driver` are its colours there; nothing when no mouth was cut out.
std::optional<DriverMouth> driver_mouth_for(const SourceAvatar& avatar,
                                            const std::optional<MouthColours>& driver, std::string& note);

/// A source's face in one frame.
struct MovedFace {
  FaceState state;                   ///< pose in photo pixels
  std::optional<PlacedMouth> mouth;  ///< where the driver's is painted
  MouthUse mouth_use = MouthUse::closed;
  double generated_mouth = 1;  ///< in [0,1]: how far the generator is to paint the mouth, if it is opened
};

/// Retargets a frame and, unless it is null, the driver's mouth with it: frame after frame.
MovedFace move_face(Retargeter& retargeter, const SourceAvatar& avatar, DriverMouth* mouth,
                    const MotionFrame& motion, double time_s);

}  // namespace reenact
