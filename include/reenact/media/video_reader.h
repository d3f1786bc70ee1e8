#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <opencv2/core.hpp>
#include <optional>

#include "reenact/core/rational.h"

namespace reenact {

/// Facts about a driver before its frames are read.
struct VideoInfo {
  int width = 0;   ///< after rotation
  int height = 0;
  Rational frame_rate;              ///< average, exact as the container states it
  Rational time_base;               ///< of VideoFrame::timestamp
  std::int64_t frame_count = 0;     ///< estimate; 0 when the container does not say
  double duration_s = 0;            ///< 0 when unknown
  bool has_audio = false;
};

struct VideoFrame {
  cv::Mat image;               ///< 8-bit BGR, upright; owned by the caller until the next read
  std::int64_t index = 0;
  std::int64_t timestamp = 0;  ///< ticks of VideoInfo::time_base since the first frame
};

/// Reads a video, a single image, or a folder of numbered images, one frame at a time.
/// Throws InputError when it cannot be opened or is not a video.
class VideoReader {
 public:
  /// `image_folder_rate` is the frame rate given to a folder of images.
  explicit VideoReader(const std::filesystem::path& path, Rational image_folder_rate = {25, 1});
  ~VideoReader();
  VideoReader(VideoReader&&) noexcept;
  VideoReader& operator=(VideoReader&&) noexcept;

  const VideoInfo& info() const;
  /// The next frame, or nothing at the end. Throws InputError when the stream is damaged in a way
  /// that would silently shorten the result.
  std::optional<VideoFrame> read();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace reenact
