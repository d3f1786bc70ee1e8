#pragma once

#include <deque>

#include "reenact/core/lid_gaps.h"

namespace reenact {

/// Tells winks from blinks in which one eye shuts earlier or opens later: the gaps of both eyes differ only
/// as far as they have for the last two frames or so. Until then the eye that is more shut follows the other.
class WinkFilter {
 public:
  /// `time_s` increases from call to call.
  LidGaps filter(const LidGaps& gaps, double time_s);

  void reset() { recent_.clear(); }

 private:
  struct Seen {
    double time_s;
    double difference;  ///< right minus left
  };
  std::deque<Seen> recent_;
};

}  // namespace reenact
