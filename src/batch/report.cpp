#include "batch/report.h"

#include <utility>

#include "reenact/animate/options.h"
#include "reenact/core/error.h"
#include "reenact/files/atomic_file.h"
#include "reenact/files/bounded_line.h"
#include "reenact/files/json_text.h"
#include "reenact/files/media_files.h"
#include "reenact/files/sha256.h"
#include "reenact/files/whole_file.h"

namespace reenact {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string report_name(const Shard& shard) {
  if (shard.count == 1) return "report.jsonl";
  return "report-" + std::to_string(shard.index) + "-of-" + std::to_string(shard.count) + ".jsonl";
}

bool is_report(const fs::path& path) {
  return path.extension() == ".jsonl" && path.filename().string().rfind("report", 0) == 0;
}

constexpr std::size_t max_line_bytes = 1U << 20U;

/// A line in which everything a reader relies on has its type, or nothing.
std::optional<json> parse_line(const std::string& text) {
  json line = parse_json(text);
  if (!line.is_object()) return std::nullopt;
  const auto is_text = [&](const char* name) { return line.contains(name) && line[name].is_string(); };
  const auto may_be = [&](const char* name, bool (json::*has_type)() const noexcept) {
    return !line.contains(name) || (line[name].*has_type)();
  };
  const bool is_usable = is_text("output") && is_text("key") && is_text("status") &&
                         may_be("ours", &json::is_boolean) && may_be("incomplete", &json::is_boolean) &&
                         may_be("frames", &json::is_number_integer) && may_be("seconds", &json::is_number) &&
                         may_be("sha256", &json::is_object);
  return is_usable ? std::optional(std::move(line)) : std::nullopt;
}

/// Paths need not be UTF-8, JSON must.
std::string text_of(const json& line) { return line.dump(-1, ' ', false, json::error_handler_t::replace); }

/// A name as it is when it was written and read again.
std::string as_written(const std::string& name) { return json::parse(text_of(name)).get<std::string>(); }

const char* name_of(ItemStatus status) { return status == ItemStatus::failed ? "failed" : "done"; }

}  // namespace

BatchReport::BatchReport(const fs::path& folder, const Shard& shard, bool resume, bool overwrite)
    : folder_(folder), path_(folder / report_name(shard)) {
  std::error_code error;
  require_replaceable(path_);
  if (fs::is_symlink(path_, error)) {
    throw OutputError("the report " + path_.string() + " is a link, which is not written through; remove it");
  }
  if (resume) {
    for (const fs::path& entry : entries_of(folder)) {
      if (!is_report(entry) || !fs::is_regular_file(entry, error)) continue;
      std::ifstream lines(entry, std::ios::binary);
      std::string text;
      for (LineRead read = LineRead::line; read == LineRead::line || read == LineRead::too_long;) {
        read = read_bounded_line(lines, max_line_bytes, text);
        const std::optional<json> line = parse_line(text);
        if (!line) continue;
        last_lines_[(*line)["output"]] = *line;
        if (entry.filename() == path_.filename()) told_here_.insert((*line)["output"]);
      }
    }
  } else if (!overwrite && fs::exists(path_, error)) {
    throw OutputError("the folder " + folder.string() + " holds a batch already (" +
                      path_.filename().string() + "); give --resume to go on with it, or --overwrite");
  }
  remove_partial_files(path_);
  file_.open(path_, resume ? std::ios::app : std::ios::trunc);
  if (resume) file_ << '\n';  // ends a line that a kill cut off
  if (!file_.flush()) throw OutputError("cannot write the report " + path_.string());
}

std::string BatchReport::name_of(const fs::path& path) const {
  return as_written(path.lexically_proximate(folder_).string());
}

bool BatchReport::is_ours(const std::string& name) const {
  const auto line = last_lines_.find(name);
  return line != last_lines_.end() && line->second.value("ours", false);
}

bool BatchReport::knows(const fs::path& output) const {
  const std::lock_guard lock(mutex_);
  return is_ours(name_of(output));
}

std::optional<ItemResult> BatchReport::finished(const BatchItem& item, const std::string& key) const {
  json line;
  {
    const std::lock_guard lock(mutex_);
    const auto found = last_lines_.find(name_of(item.output));
    if (found == last_lines_.end()) return std::nullopt;
    line = found->second;
  }
  if (line["key"] != key || line["status"] != "done" || !line.contains("sha256")) return std::nullopt;
  ItemResult result;
  result.status = ItemStatus::kept;
  result.frames = line.value("frames", std::int64_t{0});
  result.incomplete = line.value("incomplete", false);
  result.seconds = line.value("seconds", 0.0);
  const fs::path result_file = written_path(item.output);
  const fs::path beside = written_path(side_by_side_path(item.output));
  if (!line["sha256"].contains(name_of(result_file))) return std::nullopt;
  for (const auto& [name, sha256] : line["sha256"].items()) {
    const fs::path file = name == name_of(result_file) ? result_file : beside;
    if (name != name_of(file)) return std::nullopt;
    std::error_code ignored;
    const bool is_there = fs::is_regular_file(file, ignored) || fs::is_directory(file, ignored);
    if (!is_there || sha256_of_media(file) != sha256) return std::nullopt;
    result.outputs.push_back(file);
  }
  return result;
}

void BatchReport::started(const BatchItem& item, const std::string& key) {
  const std::lock_guard lock(mutex_);
  append({{"output", name_of(item.output)},
          {"source", item.source.string()},
          {"driver", item.driver.string()},
          {"key", key},
          {"status", "started"},
          {"ours", true}});
}

void BatchReport::ended(const BatchItem& item, const std::string& key, const ItemResult& result) {
  json line = {{"output", name_of(item.output)},
               {"source", item.source.string()},
               {"driver", item.driver.string()},
               {"key", key},
               {"status", reenact::name_of(result.status)},
               {"frames", result.frames},
               {"seconds", result.seconds},
               {"notes", result.notes},
               {"incomplete", result.incomplete}};
  if (result.status == ItemStatus::failed) line["error"] = result.error;
  line["sha256"] = json::object();
  for (const fs::path& output : result.outputs) line["sha256"][name_of(output)] = sha256_of_media(output);
  const std::lock_guard lock(mutex_);
  line["ours"] = is_ours(line["output"]);
  append(line);
}

void BatchReport::append(const json& line) {
  last_lines_[line["output"]] = line;
  told_here_.insert(line["output"]);
  file_ << text_of(line) << '\n';
  if (!file_.flush()) throw OutputError("cannot write the report " + path_.string() + "; is the disk full?");
}

void BatchReport::finish(const std::vector<BatchItem>& items) {
  const std::lock_guard lock(mutex_);
  std::string lines;
  const auto tell = [&](const std::string& output) {
    const auto line = last_lines_.find(output);
    if (line != last_lines_.end()) lines += text_of(line->second) + '\n';
    told_here_.erase(output);
  };
  for (const BatchItem& item : items) tell(name_of(item.output));
  for (const std::string& output : std::set<std::string>(told_here_)) tell(output);
  file_.close();
  write_file(path_, lines);
}

}  // namespace reenact
