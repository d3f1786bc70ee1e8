#pragma once

#include <opencv2/core.hpp>
#include <optional>
#include <string>

#include "animate/background_pictures.h"
#include "reenact/animate/avatar_renderer.h"
#include "reenact/animate/background.h"

namespace reenact {

/// What is done to every picture of an output before it is written: the background asked for, transparency,
/// and the visible mark.
class FinishedPicture {
 public:
  /// Throws InputError for a background that cannot be read.
  FinishedPicture(cv::Size size, const Background& background, bool label);

  /// Puts what is shown at `seconds` from the output's beginning behind the person. Gives the photo at rest
  /// before it, or null where that is there already or the photo keeps its own.
  const cv::Mat* put_behind(double seconds, AvatarRenderer& renderer);

  /// The picture with straight alpha (CV_8UC4) where the background is transparent, else as it is; valid
  /// until the next call.
  const cv::Mat& unmarked(const cv::Mat& picture, const cv::Mat& alpha);
  /// The same with the visible mark, if asked for.
  const cv::Mat& marked(const cv::Mat& picture, const cv::Mat& alpha);

  /// A sentence about what of a background video could not be read.
  std::optional<std::string> background_damage() const;

 private:
  bool is_transparent_;
  bool label_;
  std::optional<BackgroundPictures> pictures_;
  cv::Mat finished_;
};

}  // namespace reenact
