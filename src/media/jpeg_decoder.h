#pragma once

#include <opencv2/core.hpp>
#include <string>

namespace reenact {

/// The pixels of a JPEG file as they are stored.
struct DecodedJpeg {
  cv::Mat pixels;  ///< 8-bit BGR, grey, or CMYK inverted as Adobe's programs write it; empty when nothing
                   ///< could be decoded
  bool has_lost_pixels = false;  ///< a part of the picture is damaged or missing and is filled with grey
  bool lacks_end = false;        ///< the end marker is not there
};

/// Decodes with libjpeg-turbo; a file of more than 500 scans, which would take minutes, counts as
/// undecodable. The size that the file states must have been checked.
DecodedJpeg decode_jpeg(const std::string& bytes);

}  // namespace reenact
