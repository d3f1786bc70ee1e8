#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace reenact {

/// One line of a pair list.
struct MediaPair {
  std::filesystem::path source;
  std::filesystem::path driver;
  std::filesystem::path result;  ///< empty when it is to be made
  std::string person;            ///< who is shown; the file name of `source` without extension when not given
};

/// Whether the results of a pair list are there already.
enum class PairResults { exist, to_make };

/// Reads a CSV file (RFC 4180) with the columns source, driver and, optionally, person and result, in any
/// order. Relative paths are relative to the file's folder. Throws InputError, with the line, for an unknown
/// or missing column, a line of another length, an empty source or driver, or a file that does not exist.
std::vector<MediaPair> read_pairs(const std::filesystem::path& csv, PairResults results = PairResults::exist);

/// The videos of a folder (not of folders in it) in natural order: clip2 before clip10.
/// Throws InputError when there is none.
std::vector<std::filesystem::path> list_videos(const std::filesystem::path& folder);

}  // namespace reenact
