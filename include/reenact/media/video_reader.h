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
  int width = 0;  ///< after rotation
  int height = 0;
  Rational frame_rate;           ///< average, exact as the container states it
  Rational time_base;            ///< of VideoFrame::timestamp
  std::int64_t frame_count = 0;  ///< estimate; 0 when the container does not say
  double duration_s = 0;         ///< 0 when unknown
  bool has_audio = false;
};

struct VideoFrame {
  cv::Mat image;  ///< 8-bit BGR, upright; memory of its own, safe to keep
  std::int64_t index = 0;
  std::int64_t timestamp = 0;  ///< ticks of VideoInfo::time_base since the first frame, increasing
};

/// Reads a video, a single image, or a folder of numbered images (natural order), one frame at a time.
///
/// OpenCV decodes; the timestamps are the container's own, exact to the tick, so a variable frame rate
/// survives. Rotation tags are applied. The first video track counts.
class VideoReader {
 public:
  /// `image_folder_rate` is the frame rate given to a folder of images. Throws InputError when nothing is
  /// there, when it is not a video, has no video track, or is a playlist.
  explicit VideoReader(const std::filesystem::path& path, Rational image_folder_rate = {25, 1});
  ~VideoReader();
  VideoReader(VideoReader&&) noexcept;
  VideoReader& operator=(VideoReader&&) noexcept;

  const VideoInfo& info() const;

  /// The next frame, or nothing at the end. Throws InputError when decoding stops more than two frames
  /// before the end that the container declares: a damaged or cut-off file never passes for a short one.
  std::optional<VideoFrame> read();

  struct Source;  ///< where frames come from: a video file or images

 private:
  std::unique_ptr<Source> source_;
};

}  // namespace reenact
