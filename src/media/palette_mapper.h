#pragma once

#include <cstdint>

extern "C" {
#include <libavfilter/avfilter.h>
}

#include <array>
#include <memory>
#include <opencv2/core.hpp>
#include <string>

#include "media/libav.h"

namespace reenact {

/// Turns pictures into ones of 256 colours by libavfilter's palettegen and paletteuse. They share the palette
/// of the first, and an ordered pattern stands for the colours between, so that what does not move does not
/// flicker. A picture whose colours the palette has not, as after a cut, begins a new one.
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
  /// How far the pixels of a picture lie from their nearest colours, root mean square, in levels.
  double misfit(const cv::Mat& image) const;

  cv::Size size_;
  Graph mapping_;
  std::array<cv::Vec3b, 256> colours_{};
  double own_misfit_ = 0;  ///< of the picture that the palette was chosen for
  libav::Frame mapped_;
  std::int64_t next_time_ = 0;
};

}  // namespace reenact
