#pragma once

#include <opencv2/core.hpp>
#include <string>

namespace reenact {

/// The pixels of a still WebP file, 8-bit BGR or BGRA (straight), by libwebp. Empty when it is damaged, or
/// when its picture is not of the size that the file states at its beginning.
cv::Mat decode_webp(const std::string& bytes, cv::Size stated);

}  // namespace reenact
