#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <opencv2/core.hpp>
#include <optional>
#include <string>

#include "reenact/core/rational.h"

namespace reenact {

/// Facts about a driver before its frames are read.
struct VideoInfo {
  int width = 0;  ///< upright, in square pixels
  int height = 0;
  Rational frame_rate;           ///< average, exact as the container states it
  Rational time_base;            ///< of VideoFrame::timestamp
  std::int64_t start = 0;        ///< the first frame's time on the file's own clock, in ticks of time_base
  std::int64_t frame_count = 0;  ///< estimate; 0 when the container does not say
  double duration_s = 0;         ///< 0 when unknown
  bool has_audio = false;
};

struct VideoFrame {
  cv::Mat image;  ///< 8-bit BGR, upright; memory of its own, safe to keep
  std::int64_t index = 0;
  std::int64_t timestamp = 0;  ///< ticks of VideoInfo::time_base since the first frame, increasing
  std::int64_t duration = 0;   ///< ticks that it is shown, as far as the file says; at least 1
};

/// Reads a video, a single image, or a folder of numbered images (natural order), one frame at a time.
///
/// libav decodes. Every frame has the time that its container states, exact to the tick, so a variable frame
/// rate survives. Rotation, mirroring, pixels that are not square, colour matrix and range are those that the
/// file states; alpha is blended on white. The track is the one marked as default; covers do not count.
class VideoReader {
 public:
  /// `image_folder_rate` is the frame rate given to a folder of images. Throws InputError when nothing is
  /// there, when it is not a video, has no video track or none that can be decoded, or is a playlist.
  explicit VideoReader(const std::filesystem::path& path, Rational image_folder_rate = {25, 1});
  ~VideoReader();
  VideoReader(VideoReader&&) noexcept;
  VideoReader& operator=(VideoReader&&) noexcept;

  const VideoInfo& info() const;

  /// The next frame that can be decoded, or nothing at the end.
  std::optional<VideoFrame> read();

  /// After the end: a sentence about what could not be read, so that a damaged or cut-off file never passes
  /// for a short one; nothing when all was there.
  std::optional<std::string> damage() const;

  struct Source;  ///< where frames come from: a video file or images

 private:
  std::unique_ptr<Source> source_;
};

}  // namespace reenact
