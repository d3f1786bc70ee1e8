#pragma once

#include <cstdint>
#include <filesystem>
#include <opencv2/core.hpp>
#include <optional>

#include "media/libav.h"
#include "media/palette_mapper.h"
#include "media/planar_colours.h"
#include "reenact/media/video_writer.h"

namespace reenact {

/// Throws OutputError about a file when libav returned an error.
void check_output(int result, const std::filesystem::path& path);

/// Turns pictures into the packets of one track: H.264, VP9, ProRes 4444, Motion JPEG or GIF. Colours are
/// BT.601, tagged so, of limited range but in Motion JPEG.
class VideoEncoder {
 public:
  /// `path` is named in errors. An odd width or height loses its last column or row where colours are stored
  /// at half size. Throws OutputError.
  VideoEncoder(const std::filesystem::path& path, const char* encoder, cv::Size size,
               const VideoWriterOptions& options, AVRational time_base, bool needs_global_header);

  const AVCodecContext& context() const { return *encoder_; }
  /// Of context().time_base.
  std::int64_t ticks_per_frame() const;

  /// `image` is 8-bit BGR, or BGRA where the options say so.
  void send(const cv::Mat& image, std::int64_t time);
  /// The last picture once more.
  void send_again(std::int64_t time);
  void send_end();
  /// A packet that is ready, or null; valid until the next call.
  AVPacket* receive();

 private:
  void send(AVFrame* frame);
  AVFrame* convert(const cv::Mat& image);

  std::filesystem::path path_;
  libav::Codec encoder_;
  libav::Scaler scaler_;  ///< or one of the next two
  std::optional<PlanarColours> planar_;
  std::optional<PaletteMapper> palette_;
  libav::Frame frame_;
  AVFrame* last_ = nullptr;
  libav::Packet packet_;
};

}  // namespace reenact
