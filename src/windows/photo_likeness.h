#pragma once

#include <opencv2/core.hpp>

namespace reenact {

/// Gives what a network painted the grain and the tint of the photo, which shows through the picture below:
/// networks average over cameras, film and grading. `painted` and `below` are CV_32FC3 (B, G, R, 0 to 255) of
/// one size; `tint_radius` in pixels: tints are compared over this distance.
void liken_to_photo(cv::Mat& painted, const cv::Mat& below, double tint_radius);

}  // namespace reenact
