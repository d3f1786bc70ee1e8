#pragma once

#include <opencv2/core.hpp>

#include "reenact/render/landmark_conditioning.h"

namespace reenact {

/// Landmarks joined by lines, size×size, CV_8UC3, R, G, B on black: the drawing that the conditioning
/// `landmarks-v1` has of a source. Jaw white, brows red and green, nose blue, eyes magenta and cyan, lips
/// yellow, two pixels thick without smoothing, points at whole pixels.
cv::Mat draw_landmark_lines(const LandmarkPoints& points, int size);

}  // namespace reenact
