#pragma once

#include <filesystem>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace reenact {

/// Reads a photo (JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP, GIF or JPEG 2000, told by content) as 8-bit BGR in
/// sRGB: EXIF orientation and ICC profile applied, alpha blended on white, 16-bit and float ([0,1]) scaled,
/// greyscale expanded, CMYK JPEG converted. `notes` (may be null) gets sentences about damage that leaves the
/// photo usable, `alpha` (may be null) the photo's own alpha, 8-bit, or nothing where it is opaque. Throws
/// InputError for anything else, and, before any pixel is decoded, for pictures over 100 megapixels or under
/// 32 pixels on a side.
cv::Mat read_photo(const std::filesystem::path& path, std::vector<std::string>* notes = nullptr,
                   cv::Mat* alpha = nullptr);

/// Whether a PNG or WebP file holds an animation; false when it cannot be read.
bool is_animated_picture(const std::filesystem::path& path);

/// The file of an 8-bit BGR still (.png or .jpg, by the ending of `path`), in .png with alpha too (BGRA, not
/// premultiplied), marked as synthetic with XMP.
/// `quality` is JPEG's, 1 to 100. Throws OutputError.
std::string encode_marked_image(const std::filesystem::path& path, const cv::Mat& image, int quality,
                                const std::string& tool_and_version);

}  // namespace reenact
