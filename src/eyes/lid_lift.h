#pragma once

#include <opencv2/core.hpp>

#include "eyes/eye_region.h"

namespace reenact {

/// How much lighter skin above an eye becomes when the lid is shut: CV_32FC3 over the region's box, 1 or
/// more. Above an open eye skin lies folded in its own shadow; shut, it is stretched and has nearly the
/// colour of the skin below the eye. `picture` is the photo under the box.
cv::Mat measure_lid_lift(const EyeRegion& region, const LidCurves& lids, const cv::Mat& picture);

}  // namespace reenact
