#include "animate/finished_picture.h"

#include "reenact/media/synthetic_mark.h"

namespace reenact {
namespace {

/// BGRA with straight alpha from colours that were put before black.
void take_black_away(const cv::Mat& picture, const cv::Mat& alpha, cv::Mat& straight) {
  straight.create(picture.size(), CV_8UC4);
  cv::parallel_for_({0, picture.rows}, [&](const cv::Range& rows) {
    for (int y = rows.start; y < rows.end; ++y) {
      const auto* from = picture.ptr<cv::Vec3b>(y);
      const std::uint8_t* covered = alpha.ptr(y);
      auto* to = straight.ptr<cv::Vec4b>(y);
      for (int x = 0; x < picture.cols; ++x) {
        const int a = covered[x];
        for (int c = 0; c < 3; ++c) {
          to[x][c] = a == 0 ? 0 : cv::saturate_cast<std::uint8_t>((from[x][c] * 255 + a / 2) / a);
        }
        to[x][3] = covered[x];
      }
    }
  });
}

Background black() {
  Background background;
  background.kind = Background::Kind::colour;
  return background;
}

}  // namespace

FinishedPicture::FinishedPicture(cv::Size size, const Background& background, bool label)
    : is_transparent_(background.kind == Background::Kind::transparent), label_(label) {
  if (background.kind == Background::Kind::keep) return;
  pictures_.emplace(is_transparent_ ? black() : background, size);
}

const cv::Mat* FinishedPicture::put_behind(double seconds, AvatarRenderer& renderer) {
  if (!pictures_ || !pictures_->show(seconds)) return nullptr;
  return &renderer.put_behind(pictures_->picture());
}

const cv::Mat& FinishedPicture::unmarked(const cv::Mat& picture, const cv::Mat& alpha) {
  if (!is_transparent_) return picture;
  take_black_away(picture, alpha, finished_);
  return finished_;
}

const cv::Mat& FinishedPicture::marked(const cv::Mat& picture, const cv::Mat& alpha) {
  if (!label_) return unmarked(picture, alpha);
  if (is_transparent_) {
    take_black_away(picture, alpha, finished_);
  } else {
    picture.copyTo(finished_);
  }
  draw_synthetic_label(finished_);
  return finished_;
}

std::optional<std::string> FinishedPicture::background_damage() const {
  return pictures_ ? pictures_->damage() : std::nullopt;
}

}  // namespace reenact
