#pragma once

#include <opencv2/core.hpp>

#include "eyes/eye_region.h"
#include "eyes/sampling.h"

namespace reenact {

/// Skin above an eye lies folded in its own shadow; on a shut lid it is stretched, and as light as the skin
/// below the eye.
struct LidLight {
  Colour skin;   ///< mean of the plain skin below the eye
  cv::Mat tone;  ///< CV_32FC3, 1 × lid_samples: colour that shut skin comes to
  cv::Mat lift;  ///< CV_32FC3 over the region's box, 1 or more: how much lighter skin above the eye becomes
};

/// `picture` is the photo under the region's box.
LidLight measure_lid_light(const EyeRegion& region, const LidCurves& lids, const cv::Mat& picture);

}  // namespace reenact
