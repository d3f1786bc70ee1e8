#include "reenact/animate/run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "reenact/core/error.h"
#include "support/run_samples.h"

namespace reenact {
namespace {

namespace fs = std::filesystem;

class RunReenact : public ::testing::Test {
 protected:
  std::set<std::string> files() const {
    std::set<std::string> names;
    for (const fs::directory_entry& entry : fs::directory_iterator(sample_.folder())) {
      names.insert(entry.path().filename().string());
    }
    return names;
  }

  testing::RunSample sample_{8};
};

TEST_F(RunReenact, WritesEveryFrameAndEveryOutputInTheDriversTime) {
  ReenactOptions options = sample_.options();
  options.side_by_side = true;
  options.save_motion = sample_ / "clip.jsonl";
  std::vector<std::int64_t> progress;
  RunObserver observer;
  observer.progress = [&](std::int64_t done, std::int64_t) { progress.push_back(done); };
  const RunSummary summary = run_reenact(options, observer);
  EXPECT_EQ(summary.frames, 8);
  EXPECT_EQ(summary.lost, 0);
  EXPECT_EQ(summary.width, 128);
  EXPECT_EQ(progress, (std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(files(),
            (std::set<std::string>{"clip.mp4", "clip.jsonl", "result.mp4", "result_side_by_side.mp4"}));
  EXPECT_EQ(testing::probe_frame_times(options.output), testing::probe_frame_times(sample_.clip()));
  EXPECT_EQ(testing::probe_frame_times(sample_ / "result_side_by_side.mp4"),
            testing::probe_frame_times(sample_.clip()));
}

TEST_F(RunReenact, AReplayedMotionMovesThePhotoAlike) {
  ReenactOptions options = sample_.options();
  options.save_motion = sample_ / "clip.jsonl";
  run_reenact(options, {});
  ReenactOptions replay = sample_.options();
  replay.driver = options.save_motion;
  replay.output = sample_ / "replayed.mp4";
  run_reenact(replay, {});
  EXPECT_EQ(testing::read_file(replay.output), testing::read_file(options.output));
}

TEST_F(RunReenact, StagesSideBySideOrOneByOneGiveTheSameFile) {
  ReenactOptions options = sample_.options();
  run_reenact(options, {});
  options.output = sample_ / "one_by_one.mp4";
  options.pipelined = false;
  run_reenact(options, {});
  EXPECT_EQ(testing::read_file(sample_ / "one_by_one.mp4"), testing::read_file(sample_ / "result.mp4"));
}

TEST_F(RunReenact, AnInterruptedRunLeavesAPlayableFile) {
  ReenactOptions options = sample_.options();
  std::int64_t done = 0;
  RunObserver observer;
  observer.progress = [&](std::int64_t frames, std::int64_t) { done = frames; };
  observer.should_stop = [&] { return done >= 3; };
  const RunSummary summary = run_reenact(options, observer);
  EXPECT_TRUE(summary.interrupted);
  EXPECT_EQ(summary.frames, 3);
  EXPECT_EQ(testing::probe_frame_times(options.output).size(), 3U);
}

TEST_F(RunReenact, LeavesNothingWhenItFails) {
  ReenactOptions options = sample_.options();
  options.side_by_side = true;
  options.save_motion = sample_ / "clip.jsonl";
  options.reference_frame = 50;
  EXPECT_THROW(run_reenact(options, {}), UsageError);
  EXPECT_EQ(files(), std::set<std::string>{"clip.mp4"});
}

TEST_F(RunReenact, NoOutputIsThereBeforeAllAreComplete) {
  ReenactOptions options = sample_.options();
  options.side_by_side = true;
  RunObserver observer;
  observer.progress = [&](std::int64_t, std::int64_t) {
    EXPECT_FALSE(fs::exists(options.output));
    // A folder in the way of the second file: it cannot get its name, and the first must not be lost for
    // that.
    fs::create_directories(sample_ / "result_side_by_side.mp4/full");
  };
  EXPECT_THROW(run_reenact(options, observer), OutputError);
  EXPECT_EQ(testing::probe_frame_times(options.output).size(), 8U);
}

}  // namespace
}  // namespace reenact
