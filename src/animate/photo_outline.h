#pragma once

#include <opencv2/core.hpp>

#include "reenact/core/landmarks.h"
#include "reenact/fit/outline_offset.h"

namespace reenact {

/// A square of a photo with what is known of its pixels.
struct OutlinedPhoto {
  cv::Mat picture;      ///< CV_8UC3, B, G, R
  cv::Mat alpha;        ///< CV_8UC1, how much of a pixel the person covers
  cv::Mat mesh;         ///< CV_8UC1, not 0 where the fitted mesh is
  Landmarks landmarks;  ///< mesh468, in pixels of the square
};

/// Where the outline of the mesh has to go to lie on that of the person: places and shifts in pixels of the
/// square. Only where the matte ends at the person's skin, so that hair, beards, hats and clothes pull at
/// nothing, within 0.1 eye distances, and smooth along the outline.
OutlineShifts shifts_to_matte(const OutlinedPhoto& photo);

}  // namespace reenact
