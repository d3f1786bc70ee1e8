#include "batch/shared_folder.h"

#include <gtest/gtest.h>

#include "support/files.h"
#include "support/temporary_directory.h"

namespace reenact {
namespace {

namespace fs = std::filesystem;

TEST(SharedFolder, WhatKilledProcessesLeftGoesWhenNobodyIsAtWork) {
  const testing::TemporaryDirectory folder;
  const fs::path left = folder / "motion/.a.jsonl.0123456789abcdef.part";
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

TEST(SharedFolder, WhatOthersHideStays) {
  const testing::TemporaryDirectory folder;
  const fs::path others[] = {folder / ".download.part",
                             folder / ".a.mp4.123-0.part",
                             folder / "a.0123456789abcdef.part",
                             folder / ".a.0123456789ABCDEF.part",
                             folder / ".0123456789abcdef.part",
                             folder / ".a-0123456789abcdef.part",
                             folder / ".a.0123456789abcdef.partial"};
  for (const fs::path& other : others) testing::write_text(other, "somebody's");
  fs::create_directory(folder / ".album.part");
  const SharedFolder shared(folder.path());
  for (const fs::path& other : others) EXPECT_TRUE(fs::exists(other)) << other;
  EXPECT_TRUE(fs::exists(folder / ".album.part"));
}

}  // namespace
}  // namespace reenact
