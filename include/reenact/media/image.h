#pragma once

#include <filesystem>
#include <opencv2/core.hpp>

namespace reenact {

/// Reads a photo as 8-bit BGR: EXIF orientation applied, alpha blended on white, 16-bit and float
/// scaled down, greyscale expanded, CMYK converted. Throws InputError for anything else, and for
/// pictures over 100 megapixels or under 32 pixels on a side.
cv::Mat read_photo(const std::filesystem::path& path);

/// True when the file's name says it is a still picture.
bool is_image_path(const std::filesystem::path& path);

/// Writes a still result (.png or .jpg) marked as synthetic with XMP; beside and renamed.
void write_marked_image(const std::filesystem::path& path, const cv::Mat& image_bgr, int quality);

}  // namespace reenact
