#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

#include "reenact/animate/retarget.h"
#include "reenact/track/motion_source.h"

namespace reenact {

/// The first frames of a motion, kept until the reference frame is chosen among them, and the rest after
/// them.
class ReferenceWindow {
 public:
  /// Reads at most `length` frames; calls `before_frame` before each, which may throw to stop.
  ReferenceWindow(MotionSource& motion, std::size_t length, const std::function<void()>& before_frame);

  bool empty() const { return frames_.empty(); }
  bool single() const { return frames_.size() == 1; }

  /// The frame that a user chose. Throws UsageError when the window does not have it.
  const MotionFrame& at(std::int64_t index) const;
  /// The frame that corresponds best to the photo.
  const MotionFrame& best_for(const FaceFit& source, const FaceOpenings& openings) const;

  /// All frames of the motion in their order. Ends what at() and best_for() referred to.
  std::optional<MotionFrame> next();

 private:
  MotionSource& motion_;
  std::deque<MotionFrame> frames_;
};

}  // namespace reenact
