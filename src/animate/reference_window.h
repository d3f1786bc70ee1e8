#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "reenact/animate/retarget.h"
#include "reenact/track/motion_source.h"

namespace reenact {

/// A driver frame and, where a shot starts, the frame of it that corresponds to the photo.
struct ShownFrame {
  MotionFrame motion;
  std::optional<MotionFrame> reference;
};

/// Reads a motion ahead, so that the reference frame of each shot is chosen among its first frames.
class ReferenceWindow {
 public:
  /// Finds in some frames of a shot what corresponds to the photo.
  using Choice = std::function<MotionFrame(const std::vector<const MotionFrame*>&)>;

  /// Reads at most `length` frames; calls `before_frame` before each, which may throw to stop. At a later cut
  /// the choice is among `shot_length` frames.
  ReferenceWindow(MotionSource& motion, std::size_t length, std::size_t shot_length,
                  const std::function<void()>& before_frame);

  bool empty() const { return frames_.empty(); }
  bool single() const { return frames_.size() == 1; }
  std::size_t size() const { return frames_.size(); }

  /// What references are chosen by; without it none are.
  void choose_by(Choice choice) { choice_ = std::move(choice); }

  /// All frames of the motion in their order. The first, and each that starts a shot, comes with its
  /// reference, unless the face was never found in the shot.
  std::optional<ShownFrame> next();

 private:
  std::optional<MotionFrame> choose_reference();

  MotionSource& motion_;
  std::size_t shot_length_;
  std::deque<MotionFrame> frames_;
  Choice choice_;
  bool is_first_ = true;
};

}  // namespace reenact
