#include "reenact/core/threads.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <stdexcept>

namespace reenact {
namespace {

int priority_of_this_thread() { return ::getpriority(PRIO_PROCESS, 0); }

TEST(Threads, WorkForLaterGivesWayAndItsStarterDoesNot) {
  const int before = priority_of_this_thread();
  constexpr int lowest = 19;
  EXPECT_EQ(start_for_later(priority_of_this_thread).get(), std::min(before + 4, lowest));
  EXPECT_EQ(priority_of_this_thread(), before);
}

TEST(Threads, WhatWorkForLaterThrowsArrives) {
  std::future<int> failing = start_for_later([]() -> int { throw std::runtime_error("no"); });
  EXPECT_THROW(failing.get(), std::runtime_error);
}

}  // namespace
}  // namespace reenact
