#include "reenact/files/pairs.h"

#include <map>
#include <system_error>

#include "reenact/core/error.h"
#include "reenact/files/csv.h"
#include "reenact/files/media_files.h"
#include "reenact/files/whole_file.h"

namespace reenact {

namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t largest_list = 64U << 20U;

/// Column numbers by name. Throws InputError.
std::map<std::string, std::size_t> columns_of(const CsvRow& header, const fs::path& csv) {
  std::map<std::string, std::size_t> columns;
  for (std::size_t i = 0; i < header.fields.size(); ++i) {
    const std::string& name = header.fields[i];
    if (name != "source" && name != "driver" && name != "person" && name != "result") {
      throw InputError(csv.string() + " has a column '" + name +
                       "'; source, driver, person and result are known");
    }
    if (!columns.emplace(name, i).second)
      throw InputError(csv.string() + " has the column '" + name + "' twice");
  }
  for (const char* needed : {"source", "driver"}) {
    if (columns.count(needed) == 0)
      throw InputError(csv.string() + " has no column '" + needed + "' in its first line");
  }
  return columns;
}

}  // namespace

std::vector<MediaPair> read_pairs(const fs::path& csv, PairResults results) {
  const std::vector<CsvRow> rows = parse_csv(read_file(csv, largest_list), csv);
  if (rows.size() < 2)
    throw InputError(csv.string() + " has no pairs; it needs a line of column names and one per pair");
  const auto columns = columns_of(rows.front(), csv);
  std::vector<MediaPair> pairs;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const CsvRow& row = rows[i];
    const std::string place = csv.string() + " line " + std::to_string(row.line);
    if (row.fields.size() != columns.size()) {
      throw InputError(place + " has " + std::to_string(row.fields.size()) + " fields instead of " +
                       std::to_string(columns.size()));
    }
    const auto field = [&](const char* name) {
      const auto column = columns.find(name);
      return column == columns.end() ? std::string() : row.fields[column->second];
    };
    const auto file = [&](const char* name) {
      if (field(name).empty()) throw InputError(place + " has no " + name);
      fs::path path = csv.parent_path() / field(name);
      std::error_code ignored;
      if (!fs::exists(path, ignored))
        throw InputError(place + " names the " + name + " " + path.string() + ", which does not exist");
      return path;
    };
    MediaPair pair;
    pair.source = file("source");
    pair.driver = file("driver");
    if (!field("result").empty()) {
      pair.result = results == PairResults::exist ? file("result") : csv.parent_path() / field("result");
    }
    pair.person = field("person").empty() ? pair.source.stem().string() : field("person");
    pairs.push_back(pair);
  }
  return pairs;
}

std::vector<fs::path> list_videos(const fs::path& folder) {
  std::vector<fs::path> videos = videos_in(folder);
  if (videos.empty()) throw InputError("the folder " + folder.string() + " has no videos");
  return videos;
}

}  // namespace reenact
