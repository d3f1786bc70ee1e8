#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reenact/batch/batch.h"

namespace reenact {

/// The lines of report.jsonl: written as things happen, read again to resume. Safe for several threads.
class BatchReport {
 public:
  /// Reads what earlier runs left in `folder`, of all shards, if it is to be resumed, and starts to write.
  /// A line that a kill cut off is passed over. Throws OutputError.
  BatchReport(const std::filesystem::path& folder, const Shard& shard, bool resume, bool overwrite);

  /// True when this file, if it is there, was made by this batch.
  bool knows(const std::filesystem::path& output) const;

  /// The result of an earlier run that finished `item` with this key, if its files are still what they were.
  std::optional<ItemResult> finished(const BatchItem& item, const std::string& key) const;

  void started(const BatchItem& item, const std::string& key);
  /// Hashes the outputs.
  void ended(const BatchItem& item, const std::string& key, const ItemResult& result);

  /// Replaces the lines by one for each item, in the order of `items`, and one for each further item of which
  /// this report told before. Throws OutputError.
  void finish(const std::vector<BatchItem>& items);

 private:
  // The caller holds the lock of both.
  void append(const nlohmann::json& line);
  bool is_ours(const std::string& name) const;
  /// As the report names a file: relative to the folder, and what is no UTF-8 replaced.
  std::string name_of(const std::filesystem::path& path) const;

  std::filesystem::path folder_;
  std::filesystem::path path_;
  mutable std::mutex mutex_;
  std::map<std::string, nlohmann::json> last_lines_;  ///< by output; of all shards
  std::set<std::string> told_here_;                   ///< outputs with a line in this report
  std::ofstream file_;
};

}  // namespace reenact
