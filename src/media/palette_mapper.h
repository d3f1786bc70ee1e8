#pragma once

#include <cstdint>

extern "C" {
#include <libavfilter/avfilter.h>
}

#include <memory>
#include <opencv2/core.hpp>
#include <string>

#include "media/libav.h"

namespace reenact {

/// Turns pictures into ones of 256 colours by libavfilter's palettegen and paletteuse. All share the palette
/// of the first, and an ordered pattern stands for the colours between, so that what does not move does not
/// flicker.
class PaletteMapper {
 public:
  /// Throws std::bad_alloc, and OutputError when libavfilter lacks the filters.
  explicit PaletteMapper(cv::Size size);

  /// `image` is 8-bit BGR of the size given, or larger. The frame (PAL8) is valid until the next call.
  AVFrame* map(const cv::Mat& image);

 private:
  struct GraphFreer {
    void operator()(AVFilterGraph* graph) const { avfilter_graph_free(&graph); }
  };
  using Graph = std::unique_ptr<AVFilterGraph, GraphFreer>;

  static Graph make_graph(const std::string& description);
  void choose_palette(AVFrame& picture);

  cv::Size size_;
  Graph mapping_;
  libav::Frame mapped_;
  std::int64_t next_time_ = 0;
};

}  // namespace reenact
