#pragma once

#include <opencv2/core.hpp>

#include "eyes/eye_region.h"

namespace reenact {

/// How far each pixel of the region shows the eyeball itself, clear of lashes and lids: CV_32F in [0, 1].
cv::Mat iris_trust(const EyeRegion& region);

/// Colours of the whole iris by radius and azimuth, CV_32FC3, iris_rings × (iris_sectors + 1), the last
/// sector the first again: what `picture` shows where `trust` is high, elsewhere its mirror image across the
/// vertical, then the ring's other colours. `white` is the colour of the eye's white.
cv::Mat iris_table(const EyeRegion& region, const cv::Mat& picture, const cv::Mat& trust,
                   const cv::Vec3f& white);

}  // namespace reenact
