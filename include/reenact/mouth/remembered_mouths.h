#pragma once

#include <array>
#include <optional>

#include "reenact/core/mouth_patch.h"

namespace reenact {

/// Mouths of one shot that were seen well, few and of different openings, for frames in which the driver's
/// head hides half of its mouth. A mouth is kept on as long as it suits, since another one shows as a jump.
class RememberedMouths {
 public:
  /// Remembers a mouth seen at `time_s` with `opening` (FaceOpenings::mouth).
  void remember(const MouthPatch& patch, double opening, double time_s);

  /// The mouth to show at `opening`: the last one recalled unless its opening is far from that and another's
  /// is nearer. Null when none was seen.
  const MouthPatch* recall(double opening);

  /// The driver's own mouth is shown again: the next recall() is free to choose.
  void let_go() { recalled_.reset(); }

 private:
  struct Mouth {
    MouthPatch patch;
    double opening = 0;
    double time_s = 0;
  };
  static constexpr std::size_t kinds = 5;

  std::array<std::optional<Mouth>, kinds> mouths_;  ///< by opening
  std::optional<Mouth> recalled_;
};

}  // namespace reenact
