#pragma once

#include <vector>

#include "reenact/core/crop.h"
#include "reenact/layers/photo_layers.h"

namespace reenact {

/// Where the person is cut off by the border of the layers' region, and may move along but not away from it:
/// two row-major planes of `size` pixels a side that span `window` (in pixels of the photo). 1 at and beyond
/// the left or right border (first plane), and the upper or lower (second), where the person touches it and
/// does not go on above; 0 elsewhere. `pixels_per_cm` is of the photo, at the face.
std::vector<float> held_at_border(const PhotoLayers& layers, const CropSquare& window, int size,
                                  double pixels_per_cm);

}  // namespace reenact
