#include "reenact/batch/batch.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "batch/once_cache.h"
#include "batch/report.h"
#include "batch/shared_folder.h"
#include "reenact/animate/run.h"
#include "reenact/animate/settings_json.h"
#include "reenact/animate/versions.h"
#include "reenact/core/error.h"
#include "reenact/core/threads.h"
#include "reenact/files/atomic_file.h"
#include "reenact/files/media_files.h"
#include "reenact/files/sha256.h"
#include "reenact/files/whole_file.h"

namespace reenact {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

std::string hash_of(const nlohmann::json& facts) {
  return sha256_of_bytes(facts.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

/// Prepared photos that are kept for items to come: tens of megabytes each.
constexpr std::size_t prepared_photos_per_job = 4;

/// A photo that is ready to be moved, and what the user should know about it.
struct PreparedPhoto {
  PreparedPhoto(const Engine& engine, const ReenactOptions& options)
      : avatar(prepare_source(engine, options, notes)) {}
  std::vector<std::string> notes;
  SourceAvatar avatar;
};

class Batch {
 public:
  Batch(const std::vector<BatchItem>& items, const BatchOptions& options, const BatchObserver& observer)
      : items_(items),
        options_(options),
        observer_(observer),
        engine_(options.run, /*with_generator=*/true),
        models_(model_hashes(options.run, engine_.generator().info().sha256)),
        report_(options.folder, options.shard, options.resume, options.run.overwrite),
        motion_folder_(options.folder / ".reenact" / "motion") {
    for (const BatchItem& item : items) ++items_left_[item.source];
    summary_.results.resize(items.size());
  }

  BatchSummary run() {
    const Clock::time_point start = Clock::now();
    std::vector<std::thread> workers;
    const auto jobs = std::min<std::size_t>(static_cast<std::size_t>(options_.jobs), items_.size());
    try {
      while (workers.size() < jobs) workers.push_back(start_thread([this] { work(); }));
    } catch (const Error&) {
      end_with(std::current_exception());
    }
    for (std::thread& worker : workers) worker.join();
    if (failure_) std::rethrow_exception(failure_);
    summary_.interrupted = should_stop() && summary_.count(ItemStatus::open) > 0;
    if (!summary_.interrupted) report_.finish(items_);
    summary_.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return std::move(summary_);
  }

 private:
  bool should_stop() const { return observer_.should_stop && observer_.should_stop(); }
  void stop_if_asked() const {
    if (should_stop()) throw Interrupted("interrupted");
  }

  /// Takes items until none is left. What is not the fault of an item ends the batch.
  void work() {
    try {
      for (std::size_t i = next_++; i < items_.size() && !should_stop() && !ended_; i = next_++) {
        summary_.results[i] = make(items_[i]);
        leave(items_[i]);
      }
    } catch (...) {
      end_with(std::current_exception());
    }
  }

  /// The items in work are finished, the others stay open.
  void end_with(std::exception_ptr failure) {
    const std::lock_guard lock(mutex_);
    failure_ = std::move(failure);
    ended_ = true;
  }

  ItemResult make(const BatchItem& item) {
    const Clock::time_point start = Clock::now();
    ItemResult result;
    std::string key;
    try {
      key = key_of(item);
      if (options_.resume) {
        if (std::optional<ItemResult> finished = report_.finished(item, key)) return *finished;
      }
      result = animate_item(item, key);
      result.status = ItemStatus::done;
    } catch (const Interrupted&) {
      return {};
    } catch (const Error& error) {
      result.status = ItemStatus::failed;
      result.error = error.what();
    } catch (const std::exception& error) {
      result.status = ItemStatus::failed;
      result.error = std::string("internal error: ") + error.what();
    }
    result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    report_.ended(item, key, result);
    return result;
  }

  std::string key_of(const BatchItem& item) {
    const auto hash = [&](const fs::path& input) {
      return hashes_.get(input, [&] { return sha256_of_media(input); });
    };
    return hash_of(
        {tool_and_version(), settings_json(options_.run), models_,
         precision_name(engine_.generator().info().precision), hash(item.source), hash(item.driver),
         options_.run.background.file.empty() ? std::string() : hash(options_.run.background.file)});
  }

  ItemResult animate_item(const BatchItem& item, const std::string& key) {
    ReenactOptions run = options_.run;
    run.source = item.source;
    run.driver = item.driver;
    run.output = item.output;
    if (options_.resume && report_.knows(item.output)) {
      remove_partial_files(written_path(run.output));
      if (run.side_by_side) remove_partial_files(written_path(side_by_side_path(run.output)));
      run.overwrite = true;
    }
    run.validate();
    report_.started(item, key);
    const std::shared_ptr<const PreparedPhoto> prepared =
        photos_.get(item.source, [&] { return std::make_shared<const PreparedPhoto>(engine_, run); });
    stop_if_asked();
    const Driver driver(item.driver, run.image_folder_rate());
    const std::unique_ptr<MotionSource> motion = open_recorded(
        is_recorded_name(item.driver) ? item.driver
                                      : motions_.get(item.driver, [&] { return tracked_motion(run); }),
        engine_.model(), run.frame_rate);
    RunObserver watch;
    watch.progress = [this](std::int64_t, std::int64_t) { stop_if_asked(); };
    RunSummary summary;
    animate({engine_, &prepared->avatar, driver.info(), *motion}, run, watch, summary);
    ItemResult result;
    result.frames = summary.frames;
    result.outputs = summary.outputs;
    result.incomplete = summary.incomplete;
    result.notes = prepared->notes;
    result.notes.insert(result.notes.end(), summary.notes.begin(), summary.notes.end());
    return result;
  }

  /// The motion file of a driver with pictures, made unless an earlier run left it.
  fs::path tracked_motion(const ReenactOptions& run) {
    const std::string key = hash_of(
        {tool_and_version(), settings_json(run)["landmarks"], settings_json(run)["face"],
         settings_json(run)["fps"], settings_json(run)["refinement"], settings_json(run)["smoothing"],
         run.detail > 0, settings_json(run)["mouth"], run.tracking.look_ahead_frames, model_hashes(run, ""),
         hashes_.get(run.driver, [&] { return sha256_of_media(run.driver); })});
    ReenactOptions tracking = run;
    tracking.source.clear();
    tracking.output.clear();
    tracking.side_by_side = false;
    tracking.on_lost = OnLost::hold;
    tracking.overwrite = true;
    tracking.save_motion = motion_folder_.path() / (key + ".jsonl");
    std::error_code ignored;
    if (fs::is_regular_file(tracking.save_motion, ignored)) return tracking.save_motion;
    RunObserver watch;
    watch.should_stop = [this] { return should_stop(); };
    RunSummary summary;
    Driver driver(run.driver, run.image_folder_rate());
    const std::unique_ptr<MotionSource> motion = open_motion(engine_, driver, tracking, watch, summary.times);
    watch.should_stop = {};
    watch.progress = [this](std::int64_t, std::int64_t) { stop_if_asked(); };
    animate({engine_, nullptr, driver.info(), *motion}, tracking, watch, summary);
    return tracking.save_motion;
  }

  void leave(const BatchItem& item) {
    const std::lock_guard lock(mutex_);
    if (--items_left_[item.source] == 0) photos_.forget(item.source);
    ++done_;
    if (observer_.progress) observer_.progress(done_, static_cast<std::int64_t>(items_.size()));
  }

  const std::vector<BatchItem>& items_;
  const BatchOptions& options_;
  const BatchObserver& observer_;
  Engine engine_;
  nlohmann::json models_;
  BatchReport report_;
  SharedFolder motion_folder_;
  OnceCache<fs::path, std::string> hashes_;
  OnceCache<fs::path, std::shared_ptr<const PreparedPhoto>> photos_{prepared_photos_per_job *
                                                                    static_cast<std::size_t>(options_.jobs)};
  OnceCache<fs::path, fs::path> motions_;
  std::map<fs::path, std::size_t> items_left_;
  BatchSummary summary_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> ended_ = false;
  std::mutex mutex_;
  std::int64_t done_ = 0;
  std::exception_ptr failure_;
};

}  // namespace

std::size_t BatchSummary::count(ItemStatus status) const {
  return static_cast<std::size_t>(std::count_if(
      results.begin(), results.end(), [&](const ItemResult& result) { return result.status == status; }));
}

void BatchOptions::validate() const {
  if (!run.save_motion.empty()) {
    throw UsageError("--save-motion is for a single driver; a batch keeps the motions itself");
  }
  if (!run.save_meshes.empty()) throw UsageError("--save-meshes is for a single run");
  if (!run.report.empty()) throw UsageError("--report is for a single run; a batch writes report.jsonl");
  if (run.background.kind != Background::Kind::keep && !run.layers) {
    throw UsageError("--background needs the photos in layers; leave out --layers off");
  }
  std::error_code ignored;
  if (!run.background.file.empty() && !fs::exists(run.background.file, ignored)) {
    throw InputError("there is no file " + run.background.file.string());
  }
  if (jobs < 1 || jobs > 256) throw UsageError("--jobs must lie between 1 and 256");
}

BatchSummary run_batch(const std::vector<BatchItem>& items, const BatchOptions& options,
                       const BatchObserver& observer) {
  options.validate();
  make_folder(options.folder);
  return Batch(items, options, observer).run();
}

}  // namespace reenact
