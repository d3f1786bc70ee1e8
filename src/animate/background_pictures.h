#pragma once

#include <opencv2/core.hpp>
#include <optional>
#include <string>

#include "reenact/animate/background.h"
#include "reenact/media/video_reader.h"

namespace reenact {

/// The pictures of a background, scaled to cover the output: the middle of what has another shape is shown. A
/// video is repeated from its beginning; one frame of it is held at a time.
class BackgroundPictures {
 public:
  /// `background` is a colour or a file. Throws InputError when the file cannot be read.
  BackgroundPictures(const Background& background, cv::Size size);

  /// Goes to a time from the output's beginning; times increase. Whether picture() is another one now, as it
  /// is after the first call.
  bool show(double seconds);

  /// CV_8UC3 of the size given.
  const cv::Mat& picture() const { return picture_; }

  /// A sentence about what of a video could not be read.
  const std::optional<std::string>& damage() const { return damage_; }

 private:
  double start_s(const VideoFrame& frame) const;
  void open_video();
  void show_frame_at(double seconds);
  void cover(const cv::Mat& picture);

  std::filesystem::path file_;
  std::optional<VideoReader> video_;  ///< nothing of a still
  std::optional<VideoFrame> shown_;
  std::optional<VideoFrame> next_;  ///< nothing after the last
  double length_s_ = 0;             ///< of the video; 0 until its end was seen
  std::optional<std::string> damage_;
  cv::Mat picture_;
  bool is_new_ = true;
};

}  // namespace reenact
