#pragma once

#include <opencv2/core.hpp>

#include "reenact/core/landmarks.h"

namespace reenact {

/// The landmarks of a photo (8-bit BGR, scheme mesh468), the inner lips of an opened mouth moved onto the
/// edge that the lips' colours show (find_lip_edge()), as far as it is clear: half a pixel beside it, lips
/// that close leave a line of what is between them. The corners stay.
Landmarks with_lips_on_edge(const cv::Mat& photo, Landmarks landmarks);

}  // namespace reenact
