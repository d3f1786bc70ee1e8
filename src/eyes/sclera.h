#pragma once

#include <opencv2/core.hpp>

#include "eyes/eye_region.h"

namespace reenact {

/// The white of the eye without the iris, CV_32FC3, over the region's box: what is seen of it, continued by
/// push-pull (Gortler et al., "The Lumigraph", SIGGRAPH 1996) towards a quadratic fit of its colours.
/// `picture` is CV_32FC3 without highlights.
cv::Mat sclera_plate(const EyeRegion& region, const Eyeball& ball, const cv::Mat& picture);

/// Brightest colours of the white, B, G, R.
cv::Vec3f white_of(const EyeRegion& region, const Eyeball& ball, const cv::Mat& picture);

}  // namespace reenact
