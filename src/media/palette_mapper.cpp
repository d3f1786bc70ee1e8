#include "media/palette_mapper.h"

extern "C" {
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
}

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>
#include <string>

#include "reenact/core/error.h"

namespace reenact {
namespace {

// A palette is kept up to this share, and these levels, over its misfit for its own picture.
constexpr double kept_share = 1.5;
constexpr double kept_levels = 2;

void check(int result) {
  if (result < 0) throw OutputError("the palette cannot be made: " + libav::error_text(result));
}

std::string source_of(const char* label, cv::Size size, const char* pixel_format) {
  return std::string("buffer@") + label + "=video_size=" + std::to_string(size.width) + "x" +
         std::to_string(size.height) + ":pix_fmt=" + pixel_format + ":time_base=1/1:sar=1/1[" + label + "];";
}

AVFilterContext* find(AVFilterGraph& graph, const char* name) {
  AVFilterContext* filter = avfilter_graph_get_filter(&graph, name);
  if (filter == nullptr) throw OutputError(std::string("this build of libavfilter lacks ") + name);
  return filter;
}

/// A BGR frame with memory of its own.
libav::Frame to_frame(const cv::Mat& image, cv::Size size) {
  libav::Frame frame = libav::make_frame();
  frame->format = AV_PIX_FMT_BGR24;
  frame->width = size.width;
  frame->height = size.height;
  frame->sample_aspect_ratio = {1, 1};
  check(av_frame_get_buffer(frame.get(), 0));
  for (int row = 0; row < size.height; ++row) {
    std::memcpy(frame->data[0] + std::ptrdiff_t{row} * frame->linesize[0], image.ptr(row),
                static_cast<std::size_t>(size.width) * 3);
  }
  return frame;
}

}  // namespace

PaletteMapper::PaletteMapper(cv::Size size) : size_(size), mapped_(libav::make_frame()) {}

PaletteMapper::Graph PaletteMapper::make_graph(const std::string& description) {
  Graph graph(avfilter_graph_alloc());
  if (!graph) throw std::bad_alloc();
  graph->nb_threads = 1;
  AVFilterInOut* open_inputs = nullptr;
  AVFilterInOut* open_outputs = nullptr;
  const int parsed = avfilter_graph_parse2(graph.get(), description.c_str(), &open_inputs, &open_outputs);
  avfilter_inout_free(&open_inputs);
  avfilter_inout_free(&open_outputs);
  check(parsed);
  check(avfilter_graph_config(graph.get(), nullptr));
  return graph;
}

void PaletteMapper::choose_palette(AVFrame& picture) {
  const Graph choosing = make_graph(source_of("picture", size_, "bgr24") +
                                    "[picture]palettegen=reserve_transparent=0,buffersink@palette");
  AVFilterContext* source = find(*choosing, "buffer@picture");
  check(av_buffersrc_write_frame(source, &picture));
  check(av_buffersrc_add_frame(source, nullptr));
  const libav::Frame palette = libav::make_frame();
  check(av_buffersink_get_frame(find(*choosing, "buffersink@palette"), palette.get()));

  const auto* entries = reinterpret_cast<const std::uint32_t*>(palette->data[0]);
  for (std::size_t i = 0; i < colours_.size(); ++i) {
    const auto columns = static_cast<std::size_t>(palette->width);
    const std::uint32_t rgb =
        entries[i / columns * static_cast<std::size_t>(palette->linesize[0] / 4) + i % columns];
    for (int c = 0; c < 3; ++c) colours_[i][c] = static_cast<uchar>(rgb >> (8 * c));
  }
  mapping_ = make_graph(source_of("picture", size_, "bgr24") +
                        source_of("palette", {palette->width, palette->height}, "rgb32") +
                        "[picture][palette]paletteuse=dither=bayer:bayer_scale=3,buffersink@mapped");
  AVFilterContext* palette_source = find(*mapping_, "buffer@palette");
  check(av_buffersrc_add_frame(palette_source, palette.get()));
  check(av_buffersrc_add_frame(palette_source, nullptr));
}

double PaletteMapper::misfit(const cv::Mat& image) const {
  constexpr int samples_a_side = 48;
  double sum = 0;
  for (int i = 0; i < samples_a_side * samples_a_side; ++i) {
    const int row = (2 * (i / samples_a_side) + 1) * size_.height / (2 * samples_a_side);
    const int column = (2 * (i % samples_a_side) + 1) * size_.width / (2 * samples_a_side);
    const cv::Vec3i pixel = image.at<cv::Vec3b>(row, column);
    int nearest = std::numeric_limits<int>::max();
    for (const cv::Vec3b& colour : colours_) {
      const cv::Vec3i difference = pixel - cv::Vec3i(colour);
      nearest = std::min(nearest, difference.dot(difference));
    }
    sum += nearest;
  }
  return std::sqrt(sum / (samples_a_side * samples_a_side));
}

AVFrame* PaletteMapper::map(const cv::Mat& image) {
  const libav::Frame picture = to_frame(image, size_);
  picture->pts = 0;
  if (!mapping_ || misfit(image) > kept_share * own_misfit_ + kept_levels) {
    choose_palette(*picture);
    own_misfit_ = misfit(image);
  }
  picture->pts = next_time_++;
  check(av_buffersrc_add_frame(find(*mapping_, "buffer@picture"), picture.get()));
  av_frame_unref(mapped_.get());
  check(av_buffersink_get_frame(find(*mapping_, "buffersink@mapped"), mapped_.get()));
  return mapped_.get();
}

}  // namespace reenact
