#include "animate/reference_window.h"

#include <string>
#include <utility>
#include <vector>

#include "reenact/core/error.h"

namespace reenact {

ReferenceWindow::ReferenceWindow(MotionSource& motion, std::size_t length,
                                 const std::function<void()>& before_frame)
    : motion_(motion) {
  while (frames_.size() < length) {
    before_frame();
    std::optional<MotionFrame> frame = motion.next();
    if (!frame) break;
    frames_.push_back(std::move(*frame));
  }
}

const MotionFrame& ReferenceWindow::at(std::int64_t index) const {
  if (index >= static_cast<std::int64_t>(frames_.size())) {
    throw UsageError("--reference-frame " + std::to_string(index) + " lies beyond the driver, which has " +
                     std::to_string(frames_.size()) + " frames");
  }
  return frames_[static_cast<std::size_t>(index)];
}

const MotionFrame& ReferenceWindow::best_for(const FaceFit& source, const FaceOpenings& openings) const {
  std::vector<const MotionFrame*> frames;
  for (const MotionFrame& frame : frames_) frames.push_back(&frame);
  return *frames[best_reference(source, openings, frames)];
}

std::optional<MotionFrame> ReferenceWindow::next() {
  if (frames_.empty()) return motion_.next();
  MotionFrame frame = std::move(frames_.front());
  frames_.pop_front();
  return frame;
}

}  // namespace reenact
