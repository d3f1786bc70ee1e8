#include "animate/background_pictures.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "reenact/core/error.h"
#include "reenact/files/media_files.h"
#include "reenact/media/image.h"

namespace reenact {
namespace {

constexpr double rounding_s = 1e-6;  // of a time

/// The middle of a picture that has the shape of `size`.
cv::Rect middle(cv::Size picture, cv::Size size) {
  const double scale = std::min(static_cast<double>(picture.width) / size.width,
                                static_cast<double>(picture.height) / size.height);
  const int width = std::clamp(static_cast<int>(std::lround(size.width * scale)), 1, picture.width);
  const int height = std::clamp(static_cast<int>(std::lround(size.height * scale)), 1, picture.height);
  return {(picture.width - width) / 2, (picture.height - height) / 2, width, height};
}

}  // namespace

BackgroundPictures::BackgroundPictures(const Background& background, cv::Size size)
    : file_(background.file), picture_(size, CV_8UC3) {
  if (background.kind == Background::Kind::colour) {
    picture_.setTo(cv::Scalar(background.rgb[2], background.rgb[1], background.rgb[0]));
  } else if (is_picture_name(file_) && !is_animated_picture(file_)) {
    cover(read_photo(file_));
  } else {
    open_video();
  }
}

bool BackgroundPictures::show(double seconds) {
  if (video_) {
    const auto place = [&] { return length_s_ > 0 ? std::fmod(seconds, length_s_) : seconds; };
    show_frame_at(place());
    show_frame_at(place());  // where the first call met the end, which tells the place in the repeated video
    if (is_new_) cover(shown_->image);
  }
  return std::exchange(is_new_, false);
}

void BackgroundPictures::show_frame_at(double seconds) {
  if (seconds + rounding_s < start_s(*shown_)) open_video();
  while (next_ && start_s(*next_) <= seconds + rounding_s) {
    shown_ = std::exchange(next_, video_->read());
    is_new_ = true;
  }
  if (next_ || length_s_ > 0) return;
  length_s_ = start_s(*shown_) + static_cast<double>(shown_->duration) * video_->info().time_base.value();
  damage_ = video_->damage();
}

double BackgroundPictures::start_s(const VideoFrame& frame) const {
  return static_cast<double>(frame.timestamp) * video_->info().time_base.value();
}

void BackgroundPictures::open_video() {
  video_.emplace(file_);
  shown_ = video_->read();
  if (!shown_) throw InputError("the background " + file_.string() + " has no frames");
  next_ = video_->read();
  is_new_ = true;
}

void BackgroundPictures::cover(const cv::Mat& picture) {
  const cv::Mat part = picture(middle(picture.size(), picture_.size()));
  const bool shrinks = part.cols > picture_.cols;
  cv::resize(part, picture_, picture_.size(), 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
}

}  // namespace reenact
