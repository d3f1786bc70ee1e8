#include "reenact/layers/photo_grain.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace reenact {
namespace {

constexpr int side = 48;
constexpr int tile_side = 2 * side;
constexpr int places = 200;  ///< that are looked at, about
constexpr int part_side = 8;
constexpr double plain_share = 0.25;     ///< of a place's parts shows nothing but grain
constexpr double plain_over_all = 0.94;  ///< their deviation over that of grain alone
constexpr double least_deviation = 1e-3;
constexpr double greatest_deviation = 3;  ///< of grain; beyond it is a hair, a pore or an edge
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

/// Of the brightness of `fine` (CV_32FC3).
double deviation_of(const cv::Mat& fine) {
  cv::Mat grey;
  cv::cvtColor(fine, grey, cv::COLOR_BGR2GRAY);
  cv::Scalar mean, deviation;
  cv::meanStdDev(grey, mean, deviation);
  return deviation[0];
}

/// Standard deviation of the grain in `fine` (CV_32FC3), told from the parts of it that hold little else.
double level_of_grain(const cv::Mat& fine) {
  std::vector<double> deviations;
  for (int y = 0; y + part_side <= side; y += part_side) {
    for (int x = 0; x + part_side <= side; x += part_side) {
      deviations.push_back(deviation_of(fine(cv::Rect(x, y, part_side, part_side))));
    }
  }
  const auto plain = deviations.begin() + static_cast<std::ptrdiff_t>(plain_share * deviations.size());
  std::nth_element(deviations.begin(), plain, deviations.end());
  return *plain / plain_over_all;
}

/// A tile that goes on at its borders and looks like `fine` (CV_32FC3) without showing anything that `fine`
/// shows: noise of the same spectrum (Galerne, Gousseau, Morel, Random phase textures, 2011).
cv::Mat noise_like(const cv::Mat& fine) {
  cv::Mat white(tile_side, tile_side, CV_32F);
  cv::RNG random(1);
  random.fill(white, cv::RNG::NORMAL, 0, 1.0 / side);
  cv::Mat white_spectrum;
  cv::dft(white, white_spectrum);
  std::vector<cv::Mat> channels;
  cv::split(fine, channels);
  for (cv::Mat& channel : channels) {
    cv::Mat padded(tile_side, tile_side, CV_32F, cv::Scalar(0)), spectrum;
    cv::Mat(channel - cv::mean(channel)).copyTo(padded(cv::Rect(0, 0, side, side)));
    cv::dft(padded, spectrum);
    cv::mulSpectrums(spectrum, white_spectrum, spectrum, 0);
    cv::dft(spectrum, channel, cv::DFT_INVERSE | cv::DFT_SCALE | cv::DFT_REAL_OUTPUT);
  }
  cv::Mat tile;
  cv::merge(channels, tile);
  return tile;
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
  const cv::Mat fine = colours - blurred(colours, finest);
  const double level = level_of_grain(fine);
  const double greatest = greatest_deviation * level;
  tile_ = noise_like(cv::min(cv::max(fine, cv::Scalar::all(-greatest)), cv::Scalar::all(greatest)));
  tile_ *= std::min(level / std::max(deviation_of(tile_), least_deviation), 1.0);
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
  const auto in_tile = [](int place) { return (place % tile_side + tile_side) % tile_side; };
  return tile_.at<cv::Vec3f>(in_tile(y), in_tile(x));
}

}  // namespace reenact
