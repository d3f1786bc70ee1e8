#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "reenact/animate/retarget.h"
#include "reenact/detail/pose_shading.h"
#include "reenact/track/motion_source.h"

namespace reenact {

/// What the first frames of a shot tell.
struct ShotStart {
  MotionFrame reference;     ///< the frame that corresponds to the photo
  PoseShading pose_shading;  ///< against it
};

/// A driver frame and what it begins, where that is a shot.
struct ShownFrame {
  MotionFrame motion;
  std::optional<ShotStart> shot;
};

/// Reads a motion ahead, so that the reference frame of each shot is chosen among its first frames.
class ReferenceWindow {
 public:
  /// Learns from some frames of a shot what it starts with.
  using Learner = std::function<ShotStart(const std::vector<const MotionFrame*>&)>;

  /// Reads at most `length` frames; calls `before_frame` before each, which may throw to stop. At a later cut
  /// the choice is among `shot_length` frames.
  ReferenceWindow(MotionSource& motion, std::size_t length, std::size_t shot_length,
                  const std::function<void()>& before_frame);

  bool empty() const { return frames_.empty(); }
  bool single() const { return frames_.size() == 1; }
  std::size_t size() const { return frames_.size(); }

  /// What references are chosen by; without it none are.
  void learn_by(Learner learner) { learner_ = std::move(learner); }

  /// All frames of the motion in their order. The first, and each that starts a shot, comes with what starts
  /// there, unless the face was never found in the shot.
  std::optional<ShownFrame> next();

 private:
  std::optional<ShotStart> start_shot();

  MotionSource& motion_;
  std::size_t shot_length_;
  std::deque<MotionFrame> frames_;
  Learner learner_;
  bool is_first_ = true;
};

}  // namespace reenact
