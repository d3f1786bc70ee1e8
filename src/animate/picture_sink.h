#pragma once

#include <filesystem>
#include <memory>
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <vector>

#include "reenact/core/motion.h"
#include "reenact/core/rational.h"
#include "reenact/media/video_reader.h"
#include "reenact/media/video_writer.h"

namespace reenact {

/// Where finished pictures go: a video, a folder of pictures, or a single still. Nothing is left behind
/// without commit().
class PictureSink {
 public:
  virtual ~PictureSink() = default;
  /// 8-bit BGR, BGRA where VideoWriterOptions::alpha says so; times in VideoWriterOptions::time_base, a
  /// duration of 0 lasts until the next picture. A still throws UsageError for a second picture.
  virtual void write(const cv::Mat& picture, std::int64_t timestamp, std::int64_t duration) = 0;
  /// Completes the file under its hidden name. Notes for the user.
  virtual std::vector<std::string> finish() = 0;
  /// Gives the finished file its name.
  virtual void commit() = 0;
};

/// The sink that the path's ending asks for.
std::unique_ptr<PictureSink> make_picture_sink(const std::filesystem::path& path, cv::Size size,
                                               const VideoWriterOptions& video);

/// Writes source | driver | result, smaller where players would not take it. Decodes the driver a second
/// time: its frames come back a look-ahead after they were tracked, and so many pictures are not held.
class SideBySide {
 public:
  /// `turn` is how the driver was turned to be tracked; `source` is of the size and type of the results.
  SideBySide(const std::filesystem::path& path, const std::filesystem::path& driver,
             Rational image_folder_rate, std::optional<cv::RotateFlags> turn, const cv::Mat& source,
             const VideoWriterOptions& video);
  void write(const MotionFrame& motion, const cv::Mat& result);
  void finish() { sink_->finish(); }
  void commit() { sink_->commit(); }

 private:
  void draw(const cv::Mat& picture, const cv::Rect& part);

  VideoReader driver_;
  std::optional<cv::RotateFlags> turn_;
  cv::Mat canvas_;
  cv::Rect source_part_;
  cv::Rect driver_part_;
  cv::Rect result_part_;
  std::unique_ptr<PictureSink> sink_;
};

}  // namespace reenact
