#include "batch/once_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace reenact {
namespace {

TEST(OnceCache, MakesAValueOnceForManyThreads) {
  OnceCache<std::string, int> cache;
  std::atomic<int> made = 0;
  std::atomic<int> sum = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      sum += cache.get("key", [&] {
        ++made;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        return 7;
      });
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(made, 1);
  EXPECT_EQ(sum, 8 * 7);
}

TEST(OnceCache, RemembersAFailure) {
  OnceCache<std::string, int> cache;
  int tries = 0;
  const auto fail = [&]() -> int {
    ++tries;
    throw std::runtime_error("broken");
  };
  EXPECT_THROW(cache.get("key", fail), std::runtime_error);
  EXPECT_THROW(cache.get("key", fail), std::runtime_error);
  EXPECT_EQ(tries, 1);
}

TEST(OnceCache, ForgetsWhatWasNotAskedForLongest) {
  OnceCache<int, int> cache(2);
  int made = 0;
  const auto make = [&] { return ++made; };
  EXPECT_EQ(cache.get(1, make), 1);
  EXPECT_EQ(cache.get(2, make), 2);
  EXPECT_EQ(cache.get(1, make), 1);
  EXPECT_EQ(cache.get(3, make), 3);
  EXPECT_EQ(cache.get(1, make), 1);
  EXPECT_EQ(cache.get(2, make), 4);
}

TEST(OnceCache, MakesAForgottenValueAgain) {
  OnceCache<int, int> cache;
  int next = 0;
  EXPECT_EQ(cache.get(1, [&] { return ++next; }), 1);
  EXPECT_EQ(cache.get(2, [&] { return ++next; }), 2);
  cache.forget(1);
  EXPECT_EQ(cache.get(1, [&] { return ++next; }), 3);
  EXPECT_EQ(cache.get(2, [&] { return ++next; }), 2);
}

}  // namespace
}  // namespace reenact
