#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <opencv2/core.hpp>
#include <optional>

#include "reenact/core/rational.h"

namespace reenact {

struct VideoWriterOptions {
  int crf = 18;                       ///< x264 constant rate factor, 0 (lossless) to 51
  std::string preset = "veryfast";    ///< x264 preset
  Rational frame_rate{25, 1};
  Rational time_base{1, 12800};       ///< of the timestamps given to write()
  std::optional<std::filesystem::path> audio_from;  ///< copy this file's audio, never re-encoded
  bool overwrite = false;
  std::string comment;                ///< free text for the metadata (tool, version)
};

/// Writes an H.264 yuv420p mp4 with exact timestamps, marked as synthetic.
///
/// Frames are encoded through OpenCV into a temporary file beside the output; finish() remuxes it
/// (stream copy) with exact rational timestamps, the driver's audio cut to the video's length, and the
/// metadata, and then renames. Without finish() nothing remains.
class VideoWriter {
 public:
  /// Throws OutputError when the place cannot be written or the file exists and overwrite is off.
  VideoWriter(const std::filesystem::path& path, cv::Size size, const VideoWriterOptions& options);
  ~VideoWriter();
  VideoWriter(VideoWriter&&) noexcept;
  VideoWriter& operator=(VideoWriter&&) noexcept;

  /// `image` is 8-bit BGR of the size given; odd sizes lose their last row or column.
  void write(const cv::Mat& image, std::int64_t timestamp);
  void finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace reenact
