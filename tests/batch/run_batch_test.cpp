#include <gtest/gtest.h>

#include "reenact/batch/batch.h"
#include "reenact/core/error.h"
#include "support/run_samples.h"

namespace reenact {
namespace {

namespace fs = std::filesystem;

class RunBatch : public ::testing::Test {
 protected:
  BatchOptions options() const {
    BatchOptions options;
    options.run = sample_.options();
    options.run.source.clear();
    options.run.driver.clear();
    options.run.output.clear();
    options.folder = sample_ / "results";
    return options;
  }

  BatchItem item(const std::string& name) const {
    return {testing::real_media("joconde.jpg"), sample_.clip(), sample_ / "results" / name};
  }

  testing::RunSample sample_{4};
};

TEST_F(RunBatch, MakesWhatItCanAndSaysWhatItCannot) {
  fs::create_directory(sample_ / "results");
  testing::write_file(sample_ / "broken.jpg", "no picture");
  const std::vector<BatchItem> items = {
      item("first.mp4"),
      {sample_ / "broken.jpg", sample_.clip(), sample_ / "results/second.mp4"},
      item("third.mp4")};
  BatchOptions with_two_jobs = options();
  with_two_jobs.jobs = 2;
  const BatchSummary summary = run_batch(items, with_two_jobs, {});
  EXPECT_EQ(summary.count(ItemStatus::done), 2U);
  EXPECT_EQ(summary.results[1].status, ItemStatus::failed);
  EXPECT_NE(summary.results[1].error.find("broken.jpg"), std::string::npos);
  EXPECT_EQ(testing::read_file(items[0].output), testing::read_file(items[2].output));
}

TEST_F(RunBatch, ResumingKeepsFinishedItemsOutsideTheSelectionToo) {
  const std::vector<BatchItem> items = {item("first.mp4"), item("second.mp4")};
  run_batch(items, options(), {});
  BatchOptions resumed = options();
  resumed.resume = true;
  EXPECT_EQ(run_batch({items[0]}, resumed, {}).count(ItemStatus::kept), 1U);
  EXPECT_EQ(run_batch({items[1]}, resumed, {}).count(ItemStatus::kept), 1U);
  EXPECT_EQ(run_batch(items, resumed, {}).count(ItemStatus::kept), 2U);
}

TEST_F(RunBatch, RemovesWhatAKilledRunLeftBesideBothFiles) {
  BatchOptions first = options();
  first.run.side_by_side = true;
  const std::vector<BatchItem> items = {item("first.mp4")};
  run_batch(items, first, {});
  fs::remove(items[0].output);
  for (const char* left :
       {".first.mp4.0123456789abcdef.part", ".first_side_by_side.mp4.fedcba9876543210.part"}) {
    testing::write_file(sample_ / "results" / left, "partial");
  }
  first.resume = true;
  EXPECT_EQ(run_batch(items, first, {}).count(ItemStatus::done), 1U);
  for (const fs::directory_entry& entry : fs::directory_iterator(sample_ / "results")) {
    EXPECT_NE(entry.path().extension(), ".part") << entry.path();
  }
}

}  // namespace
}  // namespace reenact
