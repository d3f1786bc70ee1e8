#include "animate/reference_window.h"

#include <gtest/gtest.h>

namespace reenact {
namespace {

/// Frames of which some start a shot and some have no face.
class ListedMotion : public MotionSource {
 public:
  explicit ListedMotion(std::vector<MotionFrame> frames) : frames_(std::move(frames)) {}
  const MotionHeader& header() const override { return header_; }
  std::optional<MotionFrame> next() override {
    if (read_ == frames_.size()) return std::nullopt;
    return frames_[read_++];
  }
  double mean_relative_error() const override { return 0; }
  std::optional<std::string> damage() const override { return std::nullopt; }
  std::size_t read() const { return read_; }

 private:
  MotionHeader header_;
  std::vector<MotionFrame> frames_;
  std::size_t read_ = 0;
};

std::vector<MotionFrame> frames(std::int64_t count, const std::vector<std::int64_t>& cuts) {
  std::vector<MotionFrame> all(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) all[static_cast<std::size_t>(i)].index = i;
  for (const std::int64_t cut : cuts) all[static_cast<std::size_t>(cut)].starts_shot = true;
  return all;
}

ShotStart last_of(const std::vector<const MotionFrame*>& shot) { return {*shot.back(), {}}; }

/// First frame and reference of every shot.
std::vector<std::pair<std::int64_t, std::int64_t>> shots_of(ReferenceWindow& window, std::int64_t count) {
  std::vector<std::pair<std::int64_t, std::int64_t>> shots;
  std::int64_t index = 0;
  while (const std::optional<ShownFrame> frame = window.next()) {
    EXPECT_EQ(frame->motion.index, index++);
    if (frame->shot) shots.emplace_back(frame->motion.index, frame->shot->reference.index);
  }
  EXPECT_EQ(index, count);
  return shots;
}

using Shots = std::vector<std::pair<std::int64_t, std::int64_t>>;

TEST(ReferenceWindow, EveryShotHasAReferenceOfItsOwn) {
  ListedMotion motion(frames(40, {6, 9, 30}));
  ReferenceWindow window(motion, 12, 8, [] {});
  EXPECT_EQ(motion.read(), 12U);
  window.learn_by(last_of);
  EXPECT_EQ(shots_of(window, 40), (Shots{{0, 5}, {6, 8}, {9, 16}, {30, 37}}));
}

TEST(ReferenceWindow, TheFirstShotMayBeSearchedFurther) {
  ListedMotion motion(frames(40, {}));
  ReferenceWindow window(motion, 20, 8, [] {});
  window.learn_by(last_of);
  EXPECT_EQ(shots_of(window, 40), (Shots{{0, 19}}));
}

TEST(ReferenceWindow, AShotWithoutAFaceKeepsTheReferenceBefore) {
  std::vector<MotionFrame> all = frames(20, {5, 10});
  for (std::size_t i = 5; i < 10; ++i) all[i].tracked = false;
  ListedMotion motion(all);
  ReferenceWindow window(motion, 4, 4, [] {});
  window.learn_by(last_of);
  EXPECT_EQ(shots_of(window, 20), (Shots{{0, 3}, {10, 13}}));
}

TEST(ReferenceWindow, LearnsNothingFromAMotionThatIsOnlySaved) {
  ListedMotion motion(frames(5, {2}));
  ReferenceWindow window(motion, 3, 3, [] {});
  EXPECT_EQ(shots_of(window, 5), Shots{});
}

}  // namespace
}  // namespace reenact
