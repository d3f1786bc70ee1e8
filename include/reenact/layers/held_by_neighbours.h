#pragma once

#include <vector>

#include "reenact/core/crop.h"
#include "reenact/layers/split_photo.h"

namespace reenact {

/// Where others are, beside whom the person is to rest: a row-major plane of `size` pixels a side
/// that spans `window` (in pixels of the photo), from 1 on them to 0 elsewhere.
std::vector<float> held_by_neighbours(const PhotoHead& head, const CropSquare& window, int size);

}  // namespace reenact
