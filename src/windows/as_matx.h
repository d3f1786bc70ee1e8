#pragma once

#include <opencv2/core.hpp>

#include "reenact/render/window_planes.h"

namespace reenact {

/// A place as OpenCV's affine warps take it.
inline cv::Matx23f as_matx(const WindowPlace& m) {
  return {m(0, 0), m(0, 1), m(0, 2), m(1, 0), m(1, 1), m(1, 2)};
}

}  // namespace reenact
