#include "reenact/files/image_header.h"

#include <cstdlib>
#include <stdexcept>
#include <string_view>

namespace reenact {
namespace {

/// Reads integers at checked offsets; std::out_of_range beyond the end.
class Bytes {
 public:
  Bytes(std::string_view data, bool big_endian) : data_(data), big_endian_(big_endian) {}

  std::uint32_t u8(std::size_t at) const { return static_cast<unsigned char>(data_.at(at)); }
  std::uint32_t u16(std::size_t at) const { return join(u8(at), u8(at + 1), 8); }
  std::uint32_t u24(std::size_t at) const {
    return u16(at) | (u8(at + 2) << 16);
  }  // little-endian formats only
  std::uint32_t u32(std::size_t at) const { return join(u16(at), u16(at + 2), 16); }
  std::string_view text(std::size_t at, std::size_t length) const { return data_.substr(at, length); }
  std::size_t size() const { return data_.size(); }

 private:
  std::uint32_t join(std::uint32_t first, std::uint32_t second, int bits) const {
    return big_endian_ ? (first << bits) | second : (second << bits) | first;
  }
  std::string_view data_;
  bool big_endian_;
};

struct TiffTags {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t orientation = 1;
  std::string_view icc_profile;
};

/// The tags of the first directory of TIFF data, which EXIF blocks are too.
TiffTags parse_tiff(std::string_view data) {
  const Bytes bytes(data, data.substr(0, 2) == "MM");
  if (bytes.u16(2) != 42) throw std::out_of_range("not TIFF");
  const std::size_t directory = bytes.u32(4);
  const std::size_t entries = bytes.u16(directory);
  TiffTags tags;
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + 12 * i;
    constexpr std::uint32_t type_short = 3;
    const std::uint32_t value =
        bytes.u16(entry + 2) == type_short ? bytes.u16(entry + 8) : bytes.u32(entry + 8);
    switch (bytes.u16(entry)) {
      case 256:
        tags.width = value;
        break;
      case 257:
        tags.height = value;
        break;
      case 274:
        tags.orientation = value;
        break;
      case 34675:
        tags.icc_profile = bytes.text(bytes.u32(entry + 8), bytes.u32(entry + 4));
        break;
      default:
        break;
    }
  }
  return tags;
}

/// Orientation of an EXIF block; a damaged block counts as upright, as every viewer has it.
int exif_orientation(std::string_view exif) {
  try {
    const std::uint32_t orientation = parse_tiff(exif).orientation;
    return orientation >= 1 && orientation <= 8 ? static_cast<int>(orientation) : 1;
  } catch (const std::out_of_range&) {
    return 1;
  }
}

ImageHeader parse_jpeg(const Bytes& bytes) {
  constexpr std::string_view exif_prefix("Exif\0\0", 6);
  constexpr std::string_view icc_prefix("ICC_PROFILE\0", 12);
  ImageHeader header;
  header.format = ImageFormat::jpeg;
  std::size_t at = 2;
  for (;;) {
    if (bytes.u8(at) != 0xFF) throw std::out_of_range("no marker");
    const std::uint32_t marker = bytes.u8(at + 1);
    if (marker == 0xFF) {
      ++at;
      continue;
    }
    const std::size_t length = bytes.u16(at + 2);
    const bool is_frame =
        marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (is_frame) {
      header.height = bytes.u16(at + 5);
      header.width = bytes.u16(at + 7);
      header.is_cut_off = bytes.text(at, bytes.size()).rfind("\xFF\xD9") == std::string_view::npos;
      return header;
    }
    if (marker == 0xE1 && length >= 8 && bytes.text(at + 4, 6) == exif_prefix) {
      header.orientation = exif_orientation(bytes.text(at + 10, length - 8));
    }
    // A profile larger than a segment continues in those that follow (ICC.1:2022, annex B.4).
    if (marker == 0xE2 && length >= 16 && bytes.text(at + 4, 12) == icc_prefix) {
      header.icc_profile += bytes.text(at + 18, length - 16);
    }
    at += 2 + length;
  }
}

ImageHeader parse_png(const Bytes& bytes) {
  ImageHeader header;
  header.format = ImageFormat::png;
  header.width = bytes.u32(16);
  header.height = bytes.u32(20);
  constexpr std::size_t chunk_overhead = 12;
  for (std::size_t at = 8; at + chunk_overhead <= bytes.size(); at += chunk_overhead + bytes.u32(at)) {
    if (bytes.text(at + 4, 4) == "acTL") header.is_animated = true;
    if (bytes.text(at + 4, 4) == "eXIf")
      header.orientation = exif_orientation(bytes.text(at + 8, bytes.u32(at)));
  }
  return header;
}

ImageHeader parse_webp(const Bytes& bytes) {
  ImageHeader header;
  header.format = ImageFormat::webp;
  const std::string_view kind = bytes.text(12, 4);
  if (kind == "VP8 ") {
    header.width = bytes.u16(26) & 0x3FFF;
    header.height = bytes.u16(28) & 0x3FFF;
  } else if (kind == "VP8L") {
    const std::uint32_t packed = bytes.u32(21);
    header.width = (packed & 0x3FFF) + 1;
    header.height = ((packed >> 14) & 0x3FFF) + 1;
  } else if (kind == "VP8X") {
    header.width = bytes.u24(24) + 1;
    header.height = bytes.u24(27) + 1;
  } else {
    throw std::out_of_range("unknown WebP");
  }
  for (std::size_t at = 12; at + 8 <= bytes.size();) {
    const std::size_t length = bytes.u32(at + 4);
    if (bytes.text(at, 4) == "ANIM") header.is_animated = true;
    if (bytes.text(at, 4) == "ICCP") header.icc_profile = bytes.text(at + 8, length);
    if (bytes.text(at, 4) == "EXIF") header.orientation = exif_orientation(bytes.text(at + 8, length));
    at += 8 + length + length % 2;
  }
  return header;
}

ImageHeader parse_tiff_image(const std::string& data) {
  const TiffTags tags = parse_tiff(data);
  ImageHeader header;
  header.format = ImageFormat::tiff;
  header.width = tags.width;
  header.height = tags.height;
  header.orientation = exif_orientation(data);
  header.icc_profile = tags.icc_profile;
  return header;
}

ImageHeader parse_bmp(const Bytes& bytes) {
  ImageHeader header;
  header.format = ImageFormat::bmp;
  header.width = static_cast<std::int32_t>(bytes.u32(18));
  header.height = std::abs(std::int64_t{static_cast<std::int32_t>(bytes.u32(22))});
  return header;
}

}  // namespace

std::optional<ImageHeader> parse_image_header(const std::string& bytes) {
  const std::string_view start = std::string_view(bytes).substr(0, 16);
  const auto begins_with = [&](std::string_view magic) { return start.substr(0, magic.size()) == magic; };
  const Bytes big_endian(bytes, true);
  const Bytes little_endian(bytes, false);
  try {
    if (begins_with("\xFF\xD8\xFF")) return parse_jpeg(big_endian);
    if (begins_with("\x89PNG\r\n\x1A\n")) return parse_png(big_endian);
    if (begins_with("RIFF") && start.substr(8, 4) == "WEBP") return parse_webp(little_endian);
    if (begins_with({"II*\0", 4}) || begins_with({"MM\0*", 4})) return parse_tiff_image(bytes);
    if (begins_with("BM")) return parse_bmp(little_endian);
  } catch (const std::out_of_range&) {
  }
  return std::nullopt;
}

}  // namespace reenact
