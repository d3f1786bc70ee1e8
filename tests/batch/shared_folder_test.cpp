#include "batch/shared_folder.h"

#include <gtest/gtest.h>

#include "support/files.h"
#include "support/temporary_directory.h"

namespace reenact {
namespace {

namespace fs = std::filesystem;

TEST(SharedFolder, WhatKilledProcessesLeftGoesWhenNobodyIsAtWork) {
  const testing::TemporaryDirectory folder;
  const fs::path left = folder / "motion/.a.jsonl.123-0.part";
  const fs::path whole = folder / "motion/a.jsonl";
  {
    const SharedFolder first(folder / "motion");
    testing::write_text(left, "partial");
    testing::write_text(whole, "whole");
    const SharedFolder second(folder / "motion");
    EXPECT_TRUE(fs::exists(left)) << "the first may still write it";
  }
  const SharedFolder alone(folder / "motion");
  EXPECT_FALSE(fs::exists(left));
  EXPECT_TRUE(fs::exists(whole));
}

}  // namespace
}  // namespace reenact
