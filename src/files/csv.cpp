#include "reenact/files/csv.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <utility>

#include "reenact/core/error.h"

namespace reenact {
namespace {

class CsvReader {
 public:
  CsvReader(const std::string& text, const std::filesystem::path& path, int first_line = 1)
      : text_(text), path_(path), line_(first_line) {
    if (text_.rfind("\xEF\xBB\xBF", 0) == 0) position_ = 3;
  }

  std::vector<CsvRow> rows() {
    std::vector<CsvRow> rows;
    while (position_ < text_.size()) {
      CsvRow row = next_row();
      if (row.fields.size() > 1 || !row.fields.front().empty()) rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  CsvRow next_row() {
    CsvRow row;
    row.line = line_;
    row.fields.push_back(next_field());
    while (position_ < text_.size() && text_[position_] == ',') {
      ++position_;
      row.fields.push_back(next_field());
    }
    if (position_ < text_.size()) {
      ++position_;
      ++line_;
    }
    return row;
  }

  /// Stops at the comma or line feed behind the field.
  std::string next_field() {
    if (position_ < text_.size() && text_[position_] == '"') return quoted_field();
    const std::size_t end = std::min(text_.find_first_of(",\n", position_), text_.size());
    std::string field = text_.substr(position_, end - position_);
    position_ = end;
    if (!field.empty() && field.back() == '\r' && (end == text_.size() || text_[end] == '\n'))
      field.pop_back();
    if (field.find('"') != std::string::npos) fail("has a quote inside a field that does not start with one");
    return field;
  }

  std::string quoted_field() {
    std::string field;
    for (++position_;;) {
      const std::size_t quote = text_.find('"', position_);
      if (quote == std::string::npos) fail("has a quoted field that does not end");
      field.append(text_, position_, quote - position_);
      position_ = quote + 1;
      if (position_ == text_.size() || text_[position_] != '"') break;
      field += '"';
      ++position_;
    }
    for (const char c : field) line_ += c == '\n' ? 1 : 0;
    if (text_.compare(position_, 2, "\r\n") == 0) ++position_;
    if (position_ < text_.size() && text_[position_] != ',' && text_[position_] != '\n') {
      fail("has text behind a closing quote");
    }
    return field;
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(path_.string() + " line " + std::to_string(line_) + " " + what);
  }

  const std::string& text_;
  const std::filesystem::path& path_;
  std::size_t position_ = 0;
  int line_;
};

}  // namespace

std::vector<CsvRow> parse_csv(const std::string& text, const std::filesystem::path& path) {
  return CsvReader(text, path).rows();
}

std::vector<std::string> parse_csv_line(const std::string& text, const std::filesystem::path& path,
                                        int line) {
  const std::vector<CsvRow> rows = CsvReader(text, path, line).rows();
  return rows.empty() ? std::vector<std::string>() : rows.front().fields;
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string csv_number(double value) {
  if (std::isnan(value)) return "";
  std::array<char, 32> digits{};
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return {digits.data(), result.ptr};
}

std::string csv_line(const std::vector<std::string>& fields) {
  std::string line;
  for (std::size_t i = 0; i < fields.size(); ++i) line += (i > 0 ? "," : "") + csv_field(fields[i]);
  return line + '\n';
}

}  // namespace reenact
