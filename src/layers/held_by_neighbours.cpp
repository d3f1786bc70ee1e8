#include "reenact/layers/held_by_neighbours.h"

#include <algorithm>

#include "layers/neighbours.h"

namespace reenact {

std::vector<float> held_by_neighbours(const PhotoHead& head, const CropSquare& window, int size) {
  std::vector<float> held(static_cast<std::size_t>(size) * static_cast<std::size_t>(size), 0.0F);
  const Neighbours neighbours(head);
  if (neighbours.none()) return held;
  float* cell = held.data();
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      const Eigen::Vector2d place = window.image_from_crop({x, y}, size);
      *cell++ = std::max(neighbours.head_at(place), neighbours.body_at(place));
    }
  }
  return held;
}

}  // namespace reenact
