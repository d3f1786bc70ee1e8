#pragma once

#include <opencv2/core.hpp>
#include <string>

namespace reenact {

/// IPTC digital source type of everything this tool writes.
inline constexpr const char* digital_source_type =
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia";

/// XMP packet (ISO 16684-1, UTF-8) that carries the IPTC digital source type and, as xmp:CreatorTool, the
/// tool and its version.
std::string synthetic_xmp_packet(const std::string& tool_and_version);

/// Burns a small visible mark ("synthetic") into the lower right corner of an 8-bit picture, BGR or BGRA;
/// with alpha its ground becomes opaque.
void draw_synthetic_label(cv::Mat& image);

}  // namespace reenact
