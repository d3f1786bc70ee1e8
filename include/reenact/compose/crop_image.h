#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "reenact/core/crop.h"

namespace reenact {

/// The part of `image` (8-bit BGR) under `crop`, resampled with anti-aliasing to size×size; pixels
/// beyond the image repeat its edge. The filter is a tent as wide as two output pixels, or two image pixels
/// where the crop is enlarged (bilinear interpolation with antialias=True in PyTorch and Pillow).
/// Throws InputError when the image or the crop is not usable.
cv::Mat extract_crop(const cv::Mat& image, const CropSquare& crop, int size);

/// Three planes R, G, B in [0,1], row-major: the input of every network of this project. `image_bgr` is
/// 8-bit BGR; InputError otherwise.
std::vector<float> rgb_planes(const cv::Mat& image_bgr);

}  // namespace reenact
