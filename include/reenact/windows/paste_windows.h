#pragma once

#include <opencv2/core.hpp>

#include "reenact/render/generated_frame.h"
#include "reenact/render/window_planes.h"

namespace reenact {

/// Blends windows of one kind into an 8-bit BGR picture, inside `region`.
void paste_windows(const WindowKind& kind, const PlacedWindows& windows, const cv::Rect& region,
                   cv::Mat& picture);

}  // namespace reenact
