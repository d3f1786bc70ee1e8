#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace reenact {

struct CsvRow {
  int line = 0;  ///< where it starts, from 1
  std::vector<std::string> fields;
};

/// Rows of an RFC 4180 file; CRLF or LF, a leading byte order mark and empty lines are passed over.
/// Throws InputError for a quote in the middle of a field and for a quoted field that does not end.
std::vector<CsvRow> parse_csv(const std::string& text, const std::filesystem::path& path);

/// The same for the text of one line, whose number is given, for files that are read a line at a time.
std::vector<std::string> parse_csv_line(const std::string& text, const std::filesystem::path& path, int line);

/// `text` as one field, quoted where RFC 4180 asks for it.
std::string csv_field(const std::string& text);

/// Shortest decimal that reads back as `value`, in the C locale; empty for NaN.
std::string csv_number(double value);

/// Fields joined by commas, with a line break.
std::string csv_line(const std::vector<std::string>& fields);

}  // namespace reenact
