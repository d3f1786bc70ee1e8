#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "reenact/eyes/photo_eye.h"

namespace reenact {

/// A pixel around an eye of the photo.
struct EyePixel {
  float a = 0;         ///< along the eye's axis
  float h = 0;         ///< above it, pixels
  float to_upper = 0;  ///< pixels inside the upper edge, negative above it
  float to_lower = 0;  ///< pixels inside the lower edge, negative below it
  bool inside = false;
  IrisPlace iris;
};

/// All pixels around an eye, row by row, 1.8 × 1.4 eye widths.
struct EyeRegion {
  cv::Rect box;  ///< in canvas pixels; may reach beyond the canvas
  float width;   ///< of the eye, pixels
  std::vector<EyePixel> pixels;

  EyeRegion(const LidCurves& lids, const Eyeball& ball);
  const EyePixel& at(int row, int column) const {
    return pixels[static_cast<std::size_t>(row) * static_cast<std::size_t>(box.width) +
                  static_cast<std::size_t>(column)];
  }
  /// Places on the iris again, after the ball has changed.
  void place_on(const Eyeball& ball);
};

/// The pixels of an 8-bit BGR canvas under `box` as floats, its edge repeated.
cv::Mat canvas_around(const cv::Mat& canvas, const cv::Rect& box);

}  // namespace reenact
