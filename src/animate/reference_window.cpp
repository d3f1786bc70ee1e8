#include "animate/reference_window.h"

#include <algorithm>
#include <utility>

namespace reenact {

ReferenceWindow::ReferenceWindow(MotionSource& motion, std::size_t length, std::size_t shot_length,
                                 const std::function<void()>& before_frame)
    : motion_(motion), shot_length_(shot_length) {
  while (frames_.size() < length) {
    before_frame();
    std::optional<MotionFrame> frame = motion.next();
    if (!frame) break;
    frames_.push_back(std::move(*frame));
  }
}

/// Of the shot that begins with the first frame of the window.
std::optional<ShotStart> ReferenceWindow::start_shot() {
  std::vector<const MotionFrame*> shot;
  bool is_tracked = false;
  const std::size_t most = std::max(shot_length_, is_first_ ? frames_.size() : 1);
  while (shot.size() < most) {
    if (shot.size() == frames_.size()) {
      std::optional<MotionFrame> frame = motion_.next();
      if (!frame) break;
      frames_.push_back(std::move(*frame));
    }
    const MotionFrame& frame = frames_[shot.size()];
    if (!shot.empty() && frame.starts_shot) break;
    shot.push_back(&frame);
    is_tracked = is_tracked || frame.tracked;
  }
  if (!is_first_ && !is_tracked) return std::nullopt;
  return learner_(shot);
}

std::optional<ShownFrame> ReferenceWindow::next() {
  if (frames_.empty()) {
    std::optional<MotionFrame> frame = motion_.next();
    if (!frame) return std::nullopt;
    frames_.push_back(std::move(*frame));
  }
  ShownFrame shown;
  if (learner_ && (is_first_ || frames_.front().starts_shot)) shown.shot = start_shot();
  is_first_ = false;
  shown.motion = std::move(frames_.front());
  frames_.pop_front();
  return shown;
}

}  // namespace reenact
