#pragma once

#include <array>
#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

#include "media/libav.h"

namespace reenact {

/// Turns 8-bit BGR into yuv420p of BT.601 and limited range. Every value is that of swscale with
/// SWS_BICUBIC | SWS_ACCURATE_RND, in a third of its time: swscale has no vector instructions for the mean of
/// two pixels.
class PlanarColours {
 public:
  static constexpr int least_side = 16;

  /// Width and height are even, and not below least_side.
  explicit PlanarColours(cv::Size size);

  /// `bgr` has the size given or one column or row more, which is left out. `planes` is a writable frame of
  /// the format and size.
  void convert(const cv::Mat& bgr, AVFrame& planes);

 private:
  static constexpr int taps = 8;  ///< rows of the picture that make one row of colour
  using Rows = std::array<std::vector<std::int16_t>, taps>;

  void read_row(const std::uint8_t* bgr, int row, std::uint8_t* luma);
  void filter_rows(const Rows& rows, int row, std::uint8_t* out) const;

  cv::Size size_;
  Rows u_, v_;  ///< of the last rows read, in turns; at half the width, times 64
};

}  // namespace reenact
