#include "reenact/layers/held_by_neighbours.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace reenact {
namespace {

constexpr int side = 200;

/// In a photo of 200×200 pixels, for a head at (60, 80), 22 pixels in radius.
std::vector<float> held_by(const std::vector<cv::Rect2d>& faces) {
  const PhotoHead head{{10, 30, 100}, 2, {}, faces};
  return held_by_neighbours(head, {-0.5, -0.5, side}, side);
}

TEST(HeldByNeighbours, HoldsTheirHeadsAndBodies) {
  const std::vector<float> held = held_by({{130, 60, 40, 40}, {100, -10, 20, 20}});
  const auto at = [&](int x, int y) { return held[static_cast<std::size_t>(y * side + x)]; };
  EXPECT_EQ(at(150, 80), 1.0F) << "a neighbour's face";
  EXPECT_EQ(at(150, 50), 1.0F) << "a neighbour's hair";
  EXPECT_EQ(at(110, 0), 1.0F) << "another one's face";
  EXPECT_EQ(at(60, 80), 0.0F) << "the person's own face";
  EXPECT_EQ(at(80, 80), 0.0F) << "the person's own side";
  EXPECT_EQ(at(150, 180), 1.0F) << "a neighbour's body";
  EXPECT_EQ(at(60, 180), 0.0F) << "the person's own body";
}

TEST(HeldByNeighbours, HoldsNothingOfAPersonAlone) {
  for (const float held : held_by({})) EXPECT_EQ(held, 0.0F);
}

TEST(HeldByNeighbours, TakesAPatternOnThePersonForNobody) {
  for (const float held : held_by({{32, 66, 14, 14}})) EXPECT_EQ(held, 0.0F) << "a face within the own head";
  const std::vector<float> beside = held_by({{90, 66, 14, 14}});
  EXPECT_EQ(*std::max_element(beside.begin(), beside.end()), 1.0F) << "a small one cheek to cheek";
}

}  // namespace
}  // namespace reenact
