#include <algorithm>
#include <charconv>
#include <fstream>
#include <limits>
#include <system_error>
#include <vector>

#include "io/take_rows.h"
#include "reenact/core/error.h"
#include "reenact/files/bounded_line.h"
#include "reenact/files/csv.h"

namespace reenact {
namespace {

constexpr std::size_t max_line_bytes = 1U << 16U;

/// What a column holds: a channel, or one of these.
enum ColumnKind : std::size_t { ignored = arkit_channel_count, timecode, seconds, count };

std::string in_small_letters(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  });
  return text;
}

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::size_t kind_of_column(const std::string& name) {
  const std::string small = in_small_letters(name);
  if (small == "timecode") return timecode;
  if (small == "time" || small == "seconds") return seconds;
  if (small == "blendshapecount") return count;
  return arkit_channel(name).value_or(ignored);
}

class CsvRows : public TakeRows {
 public:
  explicit CsvRows(const std::filesystem::path& path) : path_(path) {
    std::error_code none;
    if (std::filesystem::is_regular_file(path, none)) file_.open(path, std::ios::binary);
    if (!file_.is_open()) {
      throw InputError("cannot read '" + path.string() + "'; check that it exists and is a file");
    }
    read_header();
  }

  TakeTimes times() const override { return times_; }
  const std::array<bool, arkit_channel_count>& given() const override { return given_; }
  std::string place() const override { return "line " + std::to_string(line_); }

  void rewind() override {
    file_.clear();
    file_.seekg(0);
    line_ = 0;
    next_fields();
  }

  std::optional<TakeRow> next() override {
    std::optional<std::vector<std::string>> fields;
    do {
      fields = next_fields();
      if (!fields) return std::nullopt;
    } while (fields->empty());
    if (fields->size() > columns_.size())
      reject_take(path_, place() + " has more fields than the first line");
    fields->resize(columns_.size());
    return row_of(*fields);
  }

 private:
  void read_header() {
    const auto names = next_fields();
    if (!names || names->empty()) reject_take(path_, "its first line does not name columns");
    bool has_timecode = false;
    bool has_seconds = false;
    for (const std::string& name : *names) {
      const std::size_t kind = kind_of_column(trimmed(name));
      const bool is_channel = kind < arkit_channel_count;
      if ((is_channel && given_[kind]) || (kind == timecode && has_timecode) ||
          (kind == seconds && has_seconds)) {
        reject_take(path_, "its first line names " + trimmed(name) + " twice");
      }
      if (is_channel) given_[kind] = true;
      has_timecode = has_timecode || kind == timecode;
      has_seconds = has_seconds || kind == seconds;
      columns_.push_back(kind);
    }
    times_ = has_timecode ? TakeTimes::timecode : has_seconds ? TakeTimes::seconds : TakeTimes::none;
  }

  /// The fields of the next line, empty for an empty line; nothing at the end.
  std::optional<std::vector<std::string>> next_fields() {
    std::string line;
    ++line_;
    switch (read_bounded_line(file_, max_line_bytes, line)) {
      case LineRead::line:
        return parse_csv_line(
            line, path_, static_cast<int>(std::min<std::int64_t>(line_, std::numeric_limits<int>::max())));
      case LineRead::end:
        return std::nullopt;
      case LineRead::too_long:
        reject_take(path_, place() + " is longer than " + std::to_string(max_line_bytes) + " bytes");
      case LineRead::failed:
        reject_take(path_, place() + " cannot be read");
    }
    return std::nullopt;
  }

  double number(const std::string& field) const {
    const std::string text = trimmed(field);
    double value = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    if (result.ec == std::errc() && result.ptr == text.data() + text.size()) return value;
    reject_take(path_, place() + " has '" + text.substr(0, 40) + "' where a number should be");
  }

  /// A row without any value, or that counts none, is one of a lost face.
  TakeRow row_of(const std::vector<std::string>& fields) const {
    TakeRow row;
    bool is_empty = true;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::size_t kind = columns_[i];
      if (kind == timecode && times_ == TakeTimes::timecode) {
        const auto code = parse_timecode(trimmed(fields[i]));
        if (!code) reject_take(path_, place() + " has no timecode like 17:05:33:12.250");
        row.timecode = *code;
      } else if (kind == seconds && times_ == TakeTimes::seconds) {
        row.microseconds = checked_microseconds(number(fields[i]), path_, place());
      } else if (kind == count && !trimmed(fields[i]).empty() && number(fields[i]) == 0) {
        row.tracked = false;
      } else if (kind < arkit_channel_count && !trimmed(fields[i]).empty()) {
        row.values[kind] = checked_value(kind, number(fields[i]), path_, place());
        is_empty = false;
      }
    }
    row.tracked = row.tracked && !is_empty;
    return row;
  }

  std::filesystem::path path_;
  std::ifstream file_;
  std::int64_t line_ = 0;
  std::vector<std::size_t> columns_;
  std::array<bool, arkit_channel_count> given_{};
  TakeTimes times_ = TakeTimes::none;
};

}  // namespace

std::unique_ptr<TakeRows> open_csv_rows(const std::filesystem::path& path) {
  return std::make_unique<CsvRows>(path);
}

}  // namespace reenact
