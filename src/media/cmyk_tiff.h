#pragma once

#include <opencv2/core.hpp>
#include <string>

namespace reenact {

/// The first picture of a CMYK TIFF file of 8 or 16 bits a channel, as 8-bit CMYK with 255 for no ink, as
/// Adobe's JPEG files have it; not turned upright. Empty when it is damaged, or stored in tiles or a plane
/// for each ink. OpenCV and libav hand such files over as RGB without regard to their profile.
cv::Mat decode_cmyk_tiff(const std::string& bytes);

}  // namespace reenact
