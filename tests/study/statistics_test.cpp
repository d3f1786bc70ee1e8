#include "study/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "study/random.h"

namespace reenact {
namespace {

TEST(Random, DrawsWhatTheStandardFixes) {
  Random random(5489);
  std::uint64_t value = 0;
  for (int i = 0; i < 10000; ++i) value = random.bits();
  EXPECT_EQ(value, 9981545732273789042ULL);  // the 10000th output that [rand.predef] gives for mt19937_64
}

TEST(Random, IndicesCoverTheRangeEvenly) {
  Random random(1);
  std::vector<int> counts(7, 0);
  for (int i = 0; i < 70000; ++i) ++counts.at(random.index(counts.size()));
  for (const int count : counts) EXPECT_NEAR(count, 10000, 500);  // 5 standard deviations
}

TEST(Bootstrap, EqualValuesGiveNoWidth) {
  const Interval interval = bootstrap_mean({3.5, 3.5, 3.5}, 2000);
  EXPECT_EQ(interval.low, 3.5);
  EXPECT_EQ(interval.high, 3.5);
}

TEST(Bootstrap, FewerThanTwoValuesHaveNoInterval) {
  for (const std::vector<double>& values : {std::vector<double>(), std::vector<double>{2.0}}) {
    const Interval interval = bootstrap_mean(values, 2000);
    EXPECT_TRUE(std::isnan(interval.low));
    EXPECT_TRUE(std::isnan(interval.high));
  }
}

/// The mean of a resample of {0, 1} is 0, 1/2 or 1 with probabilities 1/4, 1/2, 1/4.
TEST(Bootstrap, TwoValuesReachBothEnds) {
  const Interval interval = bootstrap_mean({0.0, 1.0}, 2000);
  EXPECT_EQ(interval.low, 0.0);
  EXPECT_EQ(interval.high, 1.0);
}

/// With many values the interval is the normal one: mean ± 1.96 s / sqrt(n), s with divisor n.
TEST(Bootstrap, ApproachesTheNormalInterval) {
  std::vector<double> values;
  for (int i = 0; i < 400; ++i) values.push_back(i % 2 == 0 ? -1.0 : 1.0);
  const Interval interval = bootstrap_mean(values, 4000);
  EXPECT_NEAR(interval.low, -1.96 / 20, 0.011);
  EXPECT_NEAR(interval.high, 1.96 / 20, 0.011);
}

TEST(Bootstrap, SameValuesSameInterval) {
  const std::vector<double> values = {0.1, 0.7, 0.4, 0.9, 0.2};
  const Interval once = bootstrap_mean(values, 2000);
  const Interval again = bootstrap_mean(values, 2000);
  EXPECT_EQ(once.low, again.low);
  EXPECT_EQ(once.high, again.high);
}

/// 8 of 10, as in Brown, Cai and DasGupta (2001): [0.490, 0.943].
TEST(Wilson, KnownInterval) {
  const Interval interval = wilson(8, 10);
  EXPECT_NEAR(interval.low, 0.4902, 1e-4);
  EXPECT_NEAR(interval.high, 0.9433, 1e-4);
}

/// At no success the interval is [0, z² / (n + z²)].
TEST(Wilson, NoSuccess) {
  const Interval interval = wilson(0, 10);
  EXPECT_EQ(interval.low, 0.0);
  EXPECT_NEAR(interval.high, 3.841459 / 13.841459, 1e-6);
}

}  // namespace
}  // namespace reenact
