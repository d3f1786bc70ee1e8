#include "media/matroska_size.h"

#include <cstdint>
#include <fstream>
#include <optional>
#include <system_error>

namespace reenact {
namespace {

constexpr std::uint64_t header_id = 0x1A45DFA3;
constexpr std::uint64_t segment_id = 0x18538067;

/// A number of variable length; the marker of its length stays in an element's ID and goes from its size.
std::optional<std::uint64_t> read_number(std::istream& file, bool keep_marker) {
  const int first = file.get();
  if (first <= 0) return std::nullopt;
  int length = 1;
  while ((first & (0x100 >> length)) == 0) ++length;
  std::uint64_t value = keep_marker ? first : first & (0xFF >> length);
  bool all_ones = !keep_marker && value == static_cast<std::uint64_t>(0xFF >> length);
  for (int i = 1; i < length; ++i) {
    const int byte = file.get();
    if (byte < 0) return std::nullopt;
    all_ones = all_ones && byte == 0xFF;
    value = (value << 8) | static_cast<std::uint64_t>(byte);
  }
  if (all_ones) return std::nullopt;  // "unknown"
  return value;
}

}  // namespace

bool is_cut_off_matroska(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (read_number(file, true) != header_id) return false;
  const auto header_size = read_number(file, false);
  if (!header_size || !file.seekg(static_cast<std::streamoff>(*header_size), std::ios::cur)) return false;
  if (read_number(file, true) != segment_id) return false;
  const auto segment_size = read_number(file, false);
  if (!segment_size) return false;
  std::error_code failure;
  const std::uintmax_t file_size = std::filesystem::file_size(path, failure);
  return !failure && file_size < static_cast<std::uint64_t>(file.tellg()) + *segment_size;
}

}  // namespace reenact
