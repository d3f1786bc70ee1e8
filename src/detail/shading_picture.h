#pragma once

#include <opencv2/core.hpp>

#include "reenact/core/skin_shading.h"

namespace reenact {

/// A SkinShading as numbers; both planes are shading_side².
struct ShadingPlanes {
  cv::Mat_<float> log_ratio;   ///< cut to ±½
  cv::Mat_<float> confidence;  ///< in [0, 1]
};

SkinShading encode_shading(const ShadingPlanes& planes);

/// Throws InputError when the picture cannot be decoded to the planes' size.
ShadingPlanes decode_shading(const SkinShading& shading);

}  // namespace reenact
