#pragma once

#include <opencv2/core.hpp>

#include "eyes/eye_region.h"
#include "eyes/sampling.h"

namespace reenact {

/// The dark band of lashes and make-up on the upper edge.
struct LashBand {
  LidProfile height{};  ///< above the edge, pixels
  float light = 1;      ///< of the lashes where shut lids meet, over that of plain skin
};
LashBand measure_lashes(const EyeRegion& region, const LidCurves& lids, const cv::Mat& picture);

/// The photo over the bare eyeball below the upper edge, CV_32FC3, lid_samples × lid_shade_depths: what
/// lashes and the lid's shadow leave of its colours. `ball` is the eyeball drawn as it is in the photo.
cv::Mat measure_lid_shade(const EyeRegion& region, const LidCurves& lids, const cv::Mat& picture,
                          const cv::Mat& ball);

}  // namespace reenact
