#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace reenact {

enum class ImageFormat { jpeg, png, webp, tiff, bmp };

/// What a still picture's file says about it before a pixel is decoded.
struct ImageHeader {
  ImageFormat format = ImageFormat::jpeg;
  std::int64_t width = 0;  ///< as stored, before orientation
  std::int64_t height = 0;
  int orientation = 1;       ///< EXIF orientation, 1 (upright) to 8
  bool is_cut_off = false;   ///< a JPEG without its end marker
  bool is_animated = false;  ///< PNG and WebP
  std::string icc_profile;   ///< of JPEG, WebP and TIFF; empty where there is none (a PNG's is compressed)
};

/// Parses the header of JPEG, PNG, WebP, TIFF or BMP data; nothing when it is none of them or is damaged.
/// Every offset in the data is checked, so any bytes are safe to give.
std::optional<ImageHeader> parse_image_header(const std::string& bytes);

}  // namespace reenact
