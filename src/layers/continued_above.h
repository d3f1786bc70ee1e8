#pragma once

#include <opencv2/core.hpp>

#include "reenact/layers/split_photo.h"

namespace reenact {

/// The head, hair or hat that the upper border of the layers' region cuts off, as it may go on above: rows
/// over the region's, CV_8UC4 of B, G, R times alpha and alpha; empty where nothing is cut off, or hardly any
/// hair is left. The outline closes as the circle does that it is part of below the border, and no higher
/// than heads are where the border cuts them. Inside is what lies below the border, mirrored at it.
cv::Mat continued_above(const PhotoLayers& layers, const PhotoHead& head);

}  // namespace reenact
