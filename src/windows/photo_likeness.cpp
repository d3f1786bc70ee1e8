#include "windows/photo_likeness.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace reenact {
namespace {

constexpr double grain_radius = 1.0;
constexpr float median_of_absolute_normal = 0.6745F;
/// Deviations of the grain beyond which something is a line or a spot of the face.
constexpr float greatest_deviations = 2.5F;

cv::Mat blurred(const cv::Mat& picture, double radius) {
  cv::Mat result;
  cv::GaussianBlur(picture, result, {}, radius, radius, cv::BORDER_REPLICATE);
  return result;
}

/// Standard deviation of the grain in `fine`, what blur takes away, by the median: lashes count little.
float deviation_of(const cv::Mat& fine) {
  std::vector<float> sizes;
  sizes.reserve(fine.total());
  for (int y = 0; y < fine.rows; ++y) {
    const auto* row = fine.ptr<cv::Vec3f>(y);
    std::transform(row, row + fine.cols, std::back_inserter(sizes),
                   [](const cv::Vec3f& pixel) { return std::abs(pixel[1]); });
  }
  const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
  std::nth_element(sizes.begin(), middle, sizes.end());
  return *middle / median_of_absolute_normal;
}

cv::Mat clipped(const cv::Mat& fine, float limit) {
  cv::Mat result;
  cv::max(fine, cv::Scalar::all(-limit), result);
  return cv::min(result, cv::Scalar::all(limit));
}

void exchange_grain(cv::Mat& painted, const cv::Mat& below) {
  const cv::Mat fine = below - blurred(below, grain_radius);
  const float limit = greatest_deviations * deviation_of(fine);
  painted += clipped(fine, limit) - clipped(painted - blurred(painted, grain_radius), limit);
}

cv::Mat lightness_of(const cv::Mat& picture) {
  cv::Mat lightness;
  cv::cvtColor(picture, lightness, cv::COLOR_BGR2GRAY);
  cv::cvtColor(lightness, lightness, cv::COLOR_GRAY2BGR);
  return lightness;
}

/// In [0,1], three channels: 1 where both are about as light; lashes and make-up have no share in the tint of
/// skin.
cv::Mat about_as_light(const cv::Mat& a, const cv::Mat& b) {
  constexpr double unlike = 0.5, alike = 0.9;  // the darker over the lighter
  cv::Mat share;
  cv::divide(cv::min(a, b), cv::max(cv::max(a, b), cv::Scalar::all(1)), share);
  share = (share - cv::Scalar::all(unlike)) / (alike - unlike);
  return cv::min(cv::max(share, cv::Scalar::all(0)), cv::Scalar::all(1));
}

/// Lightness stays.
void exchange_tint(cv::Mat& painted, const cv::Mat& below, double radius) {
  const cv::Mat around = blurred(below, radius), now = blurred(painted, radius);
  const cv::Mat difference = around - now;
  painted +=
      about_as_light(lightness_of(around), lightness_of(now)).mul(difference - lightness_of(difference));
}

}  // namespace

void liken_to_photo(cv::Mat& painted, const cv::Mat& below, double tint_radius) {
  exchange_tint(painted, below, tint_radius);
  exchange_grain(painted, below);
}

}  // namespace reenact
