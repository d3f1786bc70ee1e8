#pragma once

#include <opencv2/core.hpp>
#include <optional>
#include <string>

#include "media/libav.h"
#include "media/orientation.h"
#include "media/srgb_transform.h"

namespace reenact {

/// What becomes of a frame's alpha.
enum class Alpha { on_white, keep };

/// Turns decoded frames into upright 8-bit BGR pictures of one size, their pixels square: the colour matrix
/// and range that the frame states, alpha blended on white or kept (BGRA, straight), deeper than 8 bits
/// scaled.
///
/// A frame that states no matrix, or one that does not exist, has that of BT.601, or of BT.709 where it is
/// larger than standard definition, as in players.
class FrameConverter {
 public:
  /// `stored_size` is the size of the pictures before they are turned upright.
  FrameConverter(cv::Size stored_size, Orientation orientation, Alpha alpha = Alpha::on_white);

  /// The size of the pictures.
  cv::Size size() const { return upright_size(stored_size_, orientation_); }

  /// A picture with memory of its own. Throws std::bad_alloc.
  cv::Mat convert(const AVFrame& frame);

 private:
  struct Format {
    int width = 0;
    int height = 0;
    int pixels = AV_PIX_FMT_NONE;
    int matrix = AVCOL_SPC_UNSPECIFIED;
    int transfer = AVCOL_TRC_UNSPECIFIED;
    bool is_full_range = false;
    bool operator==(const Format& other) const;
  };
  static Format format_of(const AVFrame& frame);
  void adapt_to(const Format& format);

  cv::Size stored_size_;
  Orientation orientation_;
  Alpha alpha_;
  Format format_;
  bool has_alpha_ = false;
  libav::Scaler scaler_;
  std::optional<SrgbTransform> tone_mapping_;
  cv::Mat unpacked_;  ///< a frame on its way, its rows a whole number of blocks
};

/// Why the colours of a frame cannot be read, as the end of a sentence; empty when they can.
std::string unreadable_colours(const AVFrame& frame);

}  // namespace reenact
