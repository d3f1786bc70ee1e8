#include "reenact/mouth/remembered_mouths.h"

#include <gtest/gtest.h>

namespace reenact {
namespace {

/// Told apart by its pixel size.
MouthPatch patch(double pixel_size) {
  MouthPatch result;
  result.pixel_size = pixel_size;
  return result;
}

TEST(RememberedMouths, RecallNothingOfAMouthThatWasNotSeen) {
  RememberedMouths mouths;
  EXPECT_EQ(mouths.recall(0.2), nullptr);
}

TEST(RememberedMouths, RecallTheNearestOpening) {
  RememberedMouths mouths;
  mouths.remember(patch(1), 0.04, 0);
  mouths.remember(patch(2), 0.12, 0.1);
  mouths.remember(patch(3), 0.3, 0.2);
  EXPECT_EQ(mouths.recall(0.25)->pixel_size, 3);
  EXPECT_EQ(mouths.recall(0.05)->pixel_size, 1);
  mouths.let_go();
  EXPECT_EQ(mouths.recall(0.11)->pixel_size, 2);
}

TEST(RememberedMouths, KeepAMouthUntilAnotherSuitsFarBetter) {
  RememberedMouths mouths;
  mouths.remember(patch(1), 0.11, 0);
  mouths.remember(patch(2), 0.16, 0);
  EXPECT_EQ(mouths.recall(0.11)->pixel_size, 1);
  EXPECT_EQ(mouths.recall(0.16)->pixel_size, 1);
  mouths.let_go();
  EXPECT_EQ(mouths.recall(0.16)->pixel_size, 2);
}

TEST(RememberedMouths, AreRenewedTwiceASecond) {
  RememberedMouths mouths;
  mouths.remember(patch(1), 0.2, 0);
  mouths.remember(patch(2), 0.2, 0.3);
  EXPECT_EQ(mouths.recall(0.2)->pixel_size, 1);
  mouths.let_go();
  mouths.remember(patch(3), 0.2, 0.6);
  EXPECT_EQ(mouths.recall(0.2)->pixel_size, 3);
}

}  // namespace
}  // namespace reenact
