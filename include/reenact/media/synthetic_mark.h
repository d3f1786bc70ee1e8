#pragma once

#include <opencv2/core.hpp>
#include <string>

namespace reenact {

/// IPTC digital source type of everything this tool writes.
inline constexpr const char* digital_source_type =
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia";

/// XMP packet that carries the IPTC digital source type, the tool and its version.
std::string synthetic_xmp_packet();

/// Burns a small visible mark ("synthetic") into a corner of the picture.
void draw_synthetic_label(cv::Mat& image);

}  // namespace reenact
