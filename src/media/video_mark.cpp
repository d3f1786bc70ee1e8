#include "media/video_mark.h"

#include <array>
#include <cstdint>
#include <fstream>

#include "reenact/core/error.h"

namespace reenact {
namespace {

/// Writes `bytes` over what the file holds from `places_before_end` on.
void write_at_end(const std::filesystem::path& path, const std::string& bytes, int places_before_end) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(-places_before_end, std::ios::end);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) throw OutputError(path.string() + " cannot be written; is the disk full?");
}

}  // namespace

void append_xmp_box(const std::filesystem::path& path, const std::string& packet) {
  constexpr std::array<unsigned char, 16> xmp_uuid = {0xBE, 0x7A, 0xCF, 0xCB, 0x97, 0xA9, 0x42, 0xE8,
                                                      0x9C, 0x71, 0x99, 0x94, 0x91, 0xE3, 0xAF, 0xAC};
  const auto size = static_cast<std::uint32_t>(8 + xmp_uuid.size() + packet.size());
  std::string box;
  for (int shift = 24; shift >= 0; shift -= 8) box += static_cast<char>((size >> shift) & 0xFF);
  box += "uuid";
  box.append(xmp_uuid.begin(), xmp_uuid.end());
  box += packet;
  write_at_end(path, box, 0);
}

void insert_gif_xmp(const std::filesystem::path& path, const std::string& packet) {
  // A reader that takes the packet for sub-blocks lands in this descending row and is led to its end.
  std::string extension = std::string("\x21\xFF\x0B") + "XMP DataXMP" + packet + '\x01';
  for (int value = 0xFF; value >= 0; --value) extension += static_cast<char>(value);
  extension += '\0';
  write_at_end(path, extension + ';', 1);
}

}  // namespace reenact
