#pragma once

#include <opencv2/core.hpp>
#include <string>

namespace reenact {

/// The pixels of a TIFF file's first picture, not turned upright.
struct DecodedTiff {
  /// 8-bit BGR or BGRA (straight), float BGR or grey in [0,1], or 8-bit CMYK with 255 for no ink, as Adobe's
  /// JPEG files have it. Empty when the picture is damaged or of a rare kind: CMYK and floats in tiles or in
  /// a plane for each channel, other depths than 1 to 16 bits and 32-bit floats.
  cv::Mat pixels;
  bool is_cmyk = false;
};

/// Decodes with libtiff. The size that the file states must have been checked.
DecodedTiff decode_tiff(const std::string& bytes);

}  // namespace reenact
