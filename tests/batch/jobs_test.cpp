#include "reenact/batch/jobs.h"

#include <gtest/gtest.h>

#include <sstream>

namespace reenact {
namespace {

TEST(AutomaticJobs, AreOneACoreAsFarAsMemoryGoes) {
  EXPECT_EQ(automatic_jobs(8, std::int64_t{100} << 30U), 8);
  EXPECT_EQ(automatic_jobs(8, std::int64_t{2} << 30U), 3);
  EXPECT_EQ(automatic_jobs(8, 0), 1);
  EXPECT_EQ(automatic_jobs(0, std::nullopt), 1);
  EXPECT_EQ(automatic_jobs(1000, std::nullopt), most_jobs);
}

TEST(AutomaticJobs, ReadTheMemoryThatLinuxCanGive) {
  std::istringstream meminfo(
      "MemTotal:       24671468 kB\nMemFree:        22718136 kB\nMemAvailable:   23999888 kB\n");
  EXPECT_EQ(available_memory(meminfo), std::int64_t{23999888} * 1024);
  std::istringstream old("MemTotal:       24671468 kB\nMemFree:        22718136 kB\n");
  EXPECT_EQ(available_memory(old), std::nullopt);
  std::istringstream damaged("MemAvailable: lots\n");
  EXPECT_EQ(available_memory(damaged), std::nullopt);
}

TEST(ThreadsForJobs, ShareTheCoresAmongTheNetworksOfAllJobs) {
  EXPECT_EQ(threads_for_jobs(16, 1), 8);
  EXPECT_EQ(threads_for_jobs(16, 4), 2);
  EXPECT_EQ(threads_for_jobs(2, 2), 1);
  EXPECT_EQ(threads_for_jobs(1, 9), 1);
}

}  // namespace
}  // namespace reenact
