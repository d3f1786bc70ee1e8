#pragma once

#include <filesystem>
#include <optional>

#include "reenact/core/rational.h"
#include "reenact/media/video_reader.h"

namespace reenact {

/// What moves the source: a video, a picture, a folder of pictures, a motion file, or a take of blend shapes.
/// Opened once for a run.
class Driver {
 public:
  /// `image_folder_rate` is the frame rate given to a folder of pictures. Throws InputError.
  explicit Driver(std::filesystem::path path, Rational image_folder_rate = {25, 1});

  const std::filesystem::path& path() const { return path_; }

  /// Facts about the pictures; nothing of a driver without them.
  const std::optional<VideoInfo>& info() const { return info_; }

  /// Its pictures, from the first one; they are given away once. Throws std::logic_error for a driver
  /// without pictures and for a second call.
  VideoReader take_pictures();

 private:
  std::filesystem::path path_;
  std::optional<VideoReader> pictures_;
  std::optional<VideoInfo> info_;
};

}  // namespace reenact
