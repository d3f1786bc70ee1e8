#pragma once

#include <array>
#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

#include "media/libav.h"

namespace reenact {

/// Turns pictures into ones of 256 colours, chosen by k-means in the first. The pictures share them, and an
/// ordered pattern (Bayer, 1973) stands for what lies between, so that what does not move does not flicker. A
/// picture whose colours the palette has not, as after a cut, begins a new one.
class PaletteMapper {
 public:
  explicit PaletteMapper(cv::Size size);

  /// `image` is 8-bit BGR of the size given, or larger. The frame (PAL8) is valid until the next call.
  AVFrame* map(const cv::Mat& image);

 private:
  void choose_palette(const cv::Mat& samples);
  std::size_t nearest_to(const cv::Vec3i& colour) const;
  std::uint8_t entry_for(const cv::Vec3i& colour);
  /// How far colours lie from their nearest in the palette, root mean square, in levels.
  double misfit(const cv::Mat& samples) const;

  cv::Size size_;
  std::vector<cv::Vec3b> palette_;     ///< empty before the first picture
  double own_misfit_ = 0;              ///< of the picture that the palette was chosen for
  std::vector<std::int16_t> nearest_;  ///< entry by cell of the colour cube, −1 where it is not known yet
  libav::Frame mapped_;
};

}  // namespace reenact
