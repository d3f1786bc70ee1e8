#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "reenact/animate/options.h"
#include "reenact/batch/items.h"

namespace reenact {

struct BatchOptions {
  /// What every item is made with; source, driver, output, save_motion, save_meshes and report stay empty.
  ReenactOptions run;
  std::filesystem::path folder;  ///< report.jsonl and the tracked motions go here; made when it is not there
  int jobs = 1;                  ///< items worked on at once
  bool resume = false;           ///< keep what an earlier run finished
  Shard shard;                   ///< whose items these are; names the report: report-2-of-4.jsonl
  void validate() const;         ///< Throws UsageError and, for a background that is missing, InputError.
};

enum class ItemStatus {
  done,
  kept,    ///< finished by an earlier run from the same inputs, options and models
  failed,  ///< `error` says why
  open,    ///< not begun, or given up, when the batch was interrupted
};

/// What became of an item.
struct ItemResult {
  ItemStatus status = ItemStatus::open;
  std::int64_t frames = 0;
  double seconds = 0;
  std::vector<std::filesystem::path> outputs;
  bool incomplete = false;         ///< a part of the driver could not be read, as a note says
  std::vector<std::string> notes;  ///< what the user should know, e.g. audio that cannot be copied
  std::string error;
};

struct BatchSummary {
  std::vector<ItemResult> results;  ///< one for each item, in their order
  bool interrupted = false;
  double seconds = 0;
  std::size_t count(ItemStatus status) const;
};

struct BatchObserver {
  /// After each item; from any thread, never from two at once.
  std::function<void(std::int64_t done, std::int64_t total)> progress;
  /// True gives up the items in work, which leave nothing behind.
  std::function<bool()> should_stop;
};

/// Makes all items. Each driver is tracked once, its motion kept in `folder`/.reenact/motion for every photo,
/// shard and later run; each photo is fitted and initialised once and held while items of it are left.
///
/// A failing item is recorded and the rest goes on. Every step of an item is a line of
/// `folder`/report.jsonl (docs/report_format.md), so that a run killed anywhere can be resumed; a run that
/// comes to its end leaves one line per item. An item is kept when its files and the hashes of its inputs,
/// options and models are those that the report names. A file in the way that the report does not know fails
/// its item unless options.run.overwrite.
///
/// Throws UsageError, OutputError when the folder holds another batch's report and neither resume nor
/// overwrite is on, and ModelError.
BatchSummary run_batch(const std::vector<BatchItem>& items, const BatchOptions& options,
                       const BatchObserver& observer);

}  // namespace reenact
