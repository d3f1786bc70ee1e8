#include "reenact/track/read_ahead.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>

#include "reenact/core/error.h"

namespace reenact {
namespace {

class Capacities : public ::testing::TestWithParam<std::size_t> {};

TEST_P(Capacities, GiveAllItemsInOrder) {
  int made = 0;
  ReadAhead<int> stage(GetParam(), [&]() -> std::optional<int> {
    if (made == 100) return std::nullopt;
    return made++;
  });
  for (int expected = 0; expected < 100; ++expected) EXPECT_EQ(stage.next(), expected);
  EXPECT_EQ(stage.next(), std::nullopt);
  EXPECT_EQ(stage.next(), std::nullopt);
}

TEST_P(Capacities, ThrowWhatTheStageThrewAfterTheItemsBefore) {
  int made = 0;
  ReadAhead<int> stage(GetParam(), [&]() -> std::optional<int> {
    if (made == 3) throw std::runtime_error("broken");
    return made++;
  });
  for (int expected = 0; expected < 3; ++expected) EXPECT_EQ(stage.next(), expected);
  EXPECT_THROW(stage.next(), std::runtime_error);
}

TEST_P(Capacities, PassThroughSeveralStages) {
  int made = 0;
  ReadAhead<int> first(GetParam(), [&]() -> std::optional<int> {
    if (made == 50) return std::nullopt;
    return made++;
  });
  ReadAhead<std::unique_ptr<int>> second(GetParam(), [&]() -> std::optional<std::unique_ptr<int>> {
    const std::optional<int> item = first.next();
    if (!item) return std::nullopt;
    return std::make_unique<int>(2 * *item);
  });
  for (int expected = 0; expected < 50; ++expected) EXPECT_EQ(**second.next(), 2 * expected);
  EXPECT_FALSE(second.next().has_value());
}

INSTANTIATE_TEST_SUITE_P(ReadAhead, Capacities, ::testing::Values(0, 1, 4));

TEST(ReadAhead, StaysWithinItsCapacity) {
  std::atomic<int> made = 0;
  int taken = 0;
  ReadAhead<int> stage(3, [&]() -> std::optional<int> { return made++; });
  while (taken < 1000) {
    ASSERT_TRUE(stage.next().has_value());
    ++taken;
    EXPECT_LE(made.load(), taken + 3 + 1);  // waiting, and the one in the producer's hands
  }
}

TEST(ReadAhead, EndsAnEndlessStageWhenItIsNoLongerNeeded) {
  int made = 0;
  {
    ReadAhead<int> stage(2, [&]() -> std::optional<int> { return made++; });
  }
  EXPECT_LE(made, 3);
}

/// While it lives, new threads would need a stack larger than the address space, so that the system refuses
/// them.
class NoMoreThreads {
 public:
  NoMoreThreads() {
    pthread_getattr_default_np(&before_);
    pthread_attr_t huge;
    pthread_getattr_default_np(&huge);
    pthread_attr_setstacksize(&huge, std::size_t{1} << 47U);
    pthread_setattr_default_np(&huge);
    pthread_attr_destroy(&huge);
  }
  ~NoMoreThreads() {
    pthread_setattr_default_np(&before_);
    pthread_attr_destroy(&before_);
  }
  NoMoreThreads(const NoMoreThreads&) = delete;
  NoMoreThreads& operator=(const NoMoreThreads&) = delete;

 private:
  pthread_attr_t before_{};
};

TEST(ReadAhead, SaysInASentenceThatTheSystemRefusesAThread) {
  const auto one = [] { return std::optional<int>(1); };
  {
    const NoMoreThreads guard;
    try {
      const ReadAhead<int> stage(1, one);
      FAIL() << "the system gave a thread";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::internal);
      EXPECT_NE(std::string(error.what()).find("refuses another thread"), std::string::npos);
    }
    EXPECT_EQ(ReadAhead<int>(0, one).next(), 1);
  }
  EXPECT_EQ(ReadAhead<int>(1, one).next(), 1);
}

}  // namespace
}  // namespace reenact
