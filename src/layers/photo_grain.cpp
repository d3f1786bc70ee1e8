#include "reenact/layers/photo_grain.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>

namespace reenact {
namespace {

constexpr int side = 48;
constexpr int places = 200;  ///< that are looked at, about
constexpr double calm_over_finest = 2;
constexpr double lost_radius = 0.8;    ///< pixels of what a plate was worked out on: what is finer was lost
constexpr double still_grainy = 1.15;  ///< times as large a photo as its maps, up to which grain is left
constexpr double grainless = 1.5;      ///< from where on none is
constexpr double black = 6, white = 249;  ///< clipped places have no grain

cv::Mat blurred(const cv::Mat& picture, double radius) {
  cv::Mat result;
  cv::GaussianBlur(picture, result, {}, radius, radius, cv::BORDER_REFLECT_101);
  return result;
}

/// How much of the structure of a place is no grain; infinite where it is clipped.
double unrest(const cv::Mat& place, double radius) {
  cv::Mat grey;
  cv::cvtColor(place, grey, cv::COLOR_BGR2GRAY);
  cv::Scalar mean, deviation;
  cv::meanStdDev(blurred(grey, radius), mean, deviation);
  return mean[0] < black || mean[0] > white ? std::numeric_limits<double>::infinity() : deviation[0];
}

}  // namespace

PhotoGrain::PhotoGrain(const cv::Mat& photo, const cv::Mat& where, double finest) {
  if (photo.cols < side || photo.rows < side) return;
  cv::Mat seen;
  cv::integral(where > 0, seen, CV_32S);
  const double scale = photo.cols / static_cast<double>(where.cols);
  const auto is_seen = [&](const cv::Rect& place) {
    const auto low = [&](int at) { return static_cast<int>(at / scale); };
    const int left = low(place.x), top = low(place.y);
    const int right = std::min(low(place.br().x) + 1, where.cols);
    const int bottom = std::min(low(place.br().y) + 1, where.rows);
    const int sum = seen.at<int>(bottom, right) - seen.at<int>(top, right) - seen.at<int>(bottom, left) +
                    seen.at<int>(top, left);
    return sum == 255 * (right - left) * (bottom - top);
  };
  const int stride = std::max(side / 2, cvRound(std::sqrt(photo.total() / static_cast<double>(places))));
  double least = std::numeric_limits<double>::infinity();
  cv::Rect calmest;
  for (int y = 0; y + side <= photo.rows; y += stride) {
    for (int x = 0; x + side <= photo.cols; x += stride) {
      const cv::Rect place(x, y, side, side);
      if (!is_seen(place)) continue;
      const double here = unrest(photo(place), calm_over_finest * finest);
      if (here < least) {
        least = here;
        calmest = place;
      }
    }
  }
  if (calmest.empty()) return;
  cv::Mat colours;
  photo(calmest).convertTo(colours, CV_32F);
  tile_ = colours - blurred(colours, finest);
}

PhotoGrain& PhotoGrain::operator*=(double share) {
  tile_ *= share;
  return *this;
}

PhotoGrain plate_grain(const cv::Mat& photo, const cv::Mat& background) {
  const double scale = photo.cols / static_cast<double>(background.cols);
  const double lost = std::clamp((scale - still_grainy) / (grainless - still_grainy), 0.0, 1.0);
  if (lost == 0) return {};
  return PhotoGrain(photo, background, lost_radius * scale) *= lost;
}

cv::Vec3f PhotoGrain::at(int x, int y) const {
  if (tile_.empty()) return {0, 0, 0};
  const auto mirrored = [](int place) {
    const int in_two = (place % (2 * side) + 2 * side) % (2 * side);
    return in_two < side ? in_two : 2 * side - 1 - in_two;
  };
  return tile_.at<cv::Vec3f>(mirrored(y), mirrored(x));
}

}  // namespace reenact
