#include "media/declared_size.h"

#include <array>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string_view>
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

/// Where the segment of a Matroska file ends.
std::optional<std::uint64_t> matroska_end(std::istream& file) {
  if (read_number(file, true) != header_id) return std::nullopt;
  const auto header_size = read_number(file, false);
  if (!header_size || !file.seekg(static_cast<std::streamoff>(*header_size), std::ios::cur))
    return std::nullopt;
  if (read_number(file, true) != segment_id) return std::nullopt;
  const auto segment_size = read_number(file, false);
  if (!segment_size) return std::nullopt;
  return static_cast<std::uint64_t>(file.tellg()) + *segment_size;
}

/// Where the first RIFF chunk of an AVI file ends.
std::optional<std::uint64_t> riff_end(std::istream& file) {
  std::array<char, 8> header{};
  if (!file.read(header.data(), header.size()) || std::string_view(header.data(), 4) != "RIFF")
    return std::nullopt;
  std::uint64_t size = 0;
  for (std::size_t i = header.size(); i-- > 4;) size = (size << 8) | static_cast<unsigned char>(header[i]);
  return header.size() + size;
}

std::uint32_t read_big_endian(std::istream& file, int bytes) {
  std::uint32_t value = 0;
  for (int i = 0; i < bytes; ++i) value = (value << 8) | static_cast<std::uint32_t>(file.get() & 0xFF);
  return value;
}

/// Whether an FLV file ends within a tag. Behind each tag its size stands, header and data (Adobe Flash Video
/// File Format Specification 10.1, annex E.3).
bool ends_within_flv_tag(std::istream& file, std::uintmax_t file_size) {
  constexpr std::uintmax_t file_header = 13;
  constexpr std::uintmax_t tag_header = 11;
  std::array<char, 3> magic{};
  if (!file.read(magic.data(), magic.size()) || std::string_view(magic.data(), magic.size()) != "FLV")
    return false;
  if (file_size < file_header + tag_header + 4) return false;
  file.seekg(static_cast<std::streamoff>(file_size - 4));
  const std::uintmax_t tag_size = read_big_endian(file, 4);
  if (tag_size < tag_header || tag_size + 4 + file_header > file_size) return true;
  file.seekg(static_cast<std::streamoff>(file_size - 4 - tag_size + 1));
  return read_big_endian(file, 3) + tag_header != tag_size;
}

}  // namespace

bool lacks_declared_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::optional<std::uint64_t> end = matroska_end(file);
  if (!end) {
    file.clear();
    file.seekg(0);
    end = riff_end(file);
  }
  std::error_code failure;
  const std::uintmax_t file_size = std::filesystem::file_size(path, failure);
  if (failure) return false;
  if (end) return file_size < *end;
  file.clear();
  file.seekg(0);
  return ends_within_flv_tag(file, file_size);
}

}  // namespace reenact
