#pragma once

#include <opencv2/core.hpp>

#include "eyes/eye_region.h"

namespace reenact {

/// Takes the reflections of lamps and windows off the iris: `picture` (CV_32FC3, of the region's box) is
/// filled in where they were. Returns what was taken away, CV_32FC3, or an empty picture when there was
/// nothing.
cv::Mat take_out_highlights(const EyeRegion& region, float iris_radius, cv::Mat& picture);

}  // namespace reenact
