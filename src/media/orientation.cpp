#include "media/orientation.h"

#include <array>
#include <cstdlib>

namespace reenact {

Orientation orientation_from_exif(std::int64_t value) {
  constexpr std::array<Orientation, 9> table = {{{false, false, false},
                                                 {false, false, false},
                                                 {false, true, false},
                                                 {false, true, true},
                                                 {false, false, true},
                                                 {true, false, false},
                                                 {true, true, false},
                                                 {true, true, true},
                                                 {true, false, true}}};
  return value >= 1 && value <= 8 ? table[static_cast<std::size_t>(value)] : Orientation();
}

Orientation orientation_from_matrix(const std::int32_t* matrix) {
  // x' = a x + c y and y' = b x + d y
  const std::int64_t a = matrix[0];
  const std::int64_t b = matrix[1];
  const std::int64_t c = matrix[3];
  const std::int64_t d = matrix[4];
  const bool transpose = std::abs(b) + std::abs(c) > std::abs(a) + std::abs(d);
  return transpose ? Orientation{true, c < 0, b < 0} : Orientation{false, a < 0, d < 0};
}

cv::Size upright_size(cv::Size stored, Orientation orientation) {
  return orientation.transpose ? cv::Size(stored.height, stored.width) : stored;
}

void make_upright(cv::Mat& image, Orientation orientation) {
  if (orientation.transpose) cv::transpose(image, image);
  if (!orientation.flip_x && !orientation.flip_y) return;
  cv::flip(image, image, orientation.flip_x && orientation.flip_y ? -1 : orientation.flip_x ? 1 : 0);
}

}  // namespace reenact
