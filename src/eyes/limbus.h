#pragma once

#include <opencv2/core.hpp>
#include <optional>

#include "eyes/eye_region.h"

namespace reenact {

/// The edge between iris and white, in radii of the iris that the region was placed on.
struct Limbus {
  float radius = 1;      ///< where the radial profile of brightness is half way
  float half_width = 0;  ///< half of the span from 15 to 90 %
  float contrast = 0;    ///< levels between iris and white
};

/// Nothing when iris and white do not differ or too little of them is seen.
std::optional<Limbus> measure_limbus(const EyeRegion& region, const cv::Mat& picture, float iris_radius);

}  // namespace reenact
