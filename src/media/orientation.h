#pragma once

#include <cstdint>
#include <opencv2/core.hpp>

namespace reenact {

/// How a stored picture is turned upright: transposed first, then mirrored.
struct Orientation {
  bool transpose = false;
  bool flip_x = false;  ///< left becomes right
  bool flip_y = false;  ///< top becomes bottom
};

/// Of EXIF's tag 0x0112, 1 to 8; upright for any other number, as every viewer has it.
Orientation orientation_from_exif(std::int64_t value);

/// Of a display matrix (ISO/IEC 14496-12, 6.2.2) as libav stores it, nine numbers row by row: the nearest of
/// the eight orientations.
Orientation orientation_from_matrix(const std::int32_t* matrix);

cv::Size upright_size(cv::Size stored, Orientation orientation);
void make_upright(cv::Mat& image, Orientation orientation);

}  // namespace reenact
