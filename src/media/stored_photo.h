#pragma once

#include <filesystem>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "media/orientation.h"

namespace reenact {

/// What a photo's file holds.
struct StoredPhoto {
  cv::Mat pixels;  ///< grey, BGR, BGRA or CMYK, of any depth
  bool is_cmyk = false;
  std::string icc_profile;  ///< says what the pixels mean; empty: sRGB
  Orientation orientation;  ///< still to be applied
};

/// Decodes a photo, told by its content, with the library that knows its format. `notes` gets sentences about
/// damage that leaves it usable. Throws InputError naming the kind where it is one that cannot be read, and,
/// before any pixel is decoded, for pictures over 100 megapixels or under 32 pixels on a side.
StoredPhoto read_stored_photo(const std::string& bytes, const std::filesystem::path& path,
                              std::vector<std::string>& notes);

}  // namespace reenact
