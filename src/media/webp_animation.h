#pragma once

#include <webp/demux.h>

#include <cstdint>
#include <memory>
#include <opencv2/core.hpp>
#include <optional>
#include <string>

namespace reenact {

/// The frames of an animated WebP file, composed by libwebp and laid over white.
class WebpAnimation {
 public:
  /// Throws std::invalid_argument when the bytes are none.
  explicit WebpAnimation(std::string bytes);

  int frame_count() const { return frame_count_; }
  std::int64_t duration_ms() const { return duration_ms_; }
  /// Whether the file ends within a frame; those before it are there.
  bool is_cut_off() const { return is_cut_off_; }

  struct Frame {
    cv::Mat image;  ///< 8-bit BGR
    std::int64_t start_ms = 0;
    std::int64_t end_ms = 0;
  };
  /// Nothing at the end, or where the file is damaged.
  std::optional<Frame> next();

 private:
  struct Freer {
    void operator()(WebPAnimDecoder* decoder) const { WebPAnimDecoderDelete(decoder); }
  };
  std::string bytes_;
  std::unique_ptr<WebPAnimDecoder, Freer> decoder_;
  bool is_cut_off_ = false;
  cv::Size size_;
  int frame_count_ = 0;
  std::int64_t duration_ms_ = 0;
  std::int64_t time_ms_ = 0;
};

}  // namespace reenact
