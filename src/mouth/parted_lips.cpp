#include "reenact/mouth/parted_lips.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <vector>

#include "reenact/mouth/lip_contour.h"

namespace reenact {
namespace {

constexpr float darkest_lip = 0.6F;    ///< L over that of the lips below which nothing is lip
constexpr float unlike_lips = 6.0F;    ///< squared deviations
constexpr float teeth_lighter = 0.8F;  ///< deviations of L
constexpr float teeth_paler = 1.5F;    ///< a of the lips over that of teeth
/// Over the median absolute deviation.
constexpr float scatter_of_deviation = 2.2F;
constexpr std::array<float, 3> least_scatter = {4, 2, 2};
constexpr std::array<float, 3> greatest_scatter = {9, 4, 4};
constexpr double corner_share = 0.12;  ///< of the width beside each corner, where lips always meet
constexpr int lip_margin = 2;          ///< pixels between the inner contour and what is surely lip

using Colour = cv::Vec3f;

cv::Mat filled(const cv::Size& size, const Eigen::Matrix2Xd& landmarks) {
  constexpr int bits = 4;
  const Eigen::Matrix2Xd contour = dense_lip_contour(landmarks);
  std::vector<cv::Point> polygon;
  for (Eigen::Index i = 0; i < contour.cols(); ++i) {
    polygon.emplace_back(cvRound(contour(0, i) * (1 << bits)), cvRound(contour(1, i) * (1 << bits)));
  }
  cv::Mat mask(size, CV_8UC1, cv::Scalar(0));
  cv::fillPoly(mask, std::vector<std::vector<cv::Point>>{polygon}, cv::Scalar(255), cv::LINE_8, bits);
  return mask;
}

std::vector<Colour> colours_where(const cv::Mat& lab, const cv::Mat& mask) {
  std::vector<Colour> colours;
  for (int y = 0; y < lab.rows; ++y) {
    const auto* pixels = lab.ptr<Colour>(y);
    const auto* set = mask.ptr<std::uint8_t>(y);
    for (int x = 0; x < lab.cols; ++x) {
      if (set[x] != 0) colours.push_back(pixels[x]);
    }
  }
  return colours;
}

/// Median and scatter of each channel.
struct Lip {
  Colour colour;
  Colour scatter;
};

float median(std::vector<float>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::optional<Lip> lip_of(const std::vector<Colour>& colours) {
  if (colours.empty()) return std::nullopt;
  Lip lip;
  std::vector<float> values(colours.size());
  for (int c = 0; c < 3; ++c) {
    const auto channel = static_cast<std::size_t>(c);
    std::transform(colours.begin(), colours.end(), values.begin(), [&](const Colour& v) { return v[c]; });
    lip.colour[c] = median(values);
    for (float& value : values) value = std::abs(value - lip.colour[c]);
    lip.scatter[c] =
        std::clamp(scatter_of_deviation * median(values), least_scatter[channel], greatest_scatter[channel]);
  }
  return lip;
}

bool is_unlike(const Colour& colour, const Lip& lip) {
  if (colour[0] < darkest_lip * lip.colour[0]) return true;
  const Colour difference = colour - lip.colour;
  const Colour deviation(difference[0] / lip.scatter[0], difference[1] / lip.scatter[1],
                         difference[2] / lip.scatter[2]);
  if (deviation[0] > teeth_lighter && difference[1] < -teeth_paler) return true;
  return deviation.dot(deviation) > unlike_lips;
}

}  // namespace

double share_between_lips(const cv::Mat& lab, const Eigen::Matrix2Xd& inner, const Eigen::Matrix2Xd& outer) {
  cv::Mat between = filled(lab.size(), inner);
  cv::Mat near_inside;
  cv::dilate(between, near_inside,
             cv::getStructuringElement(cv::MORPH_RECT, {2 * lip_margin + 1, 2 * lip_margin + 1}));
  const cv::Mat lips = filled(lab.size(), outer) & ~near_inside;
  const int middle = std::clamp(cvRound(inner.row(1).mean()), 0, lab.rows);
  const std::optional<Lip> upper = lip_of(colours_where(lab.rowRange(0, middle), lips.rowRange(0, middle)));
  const std::optional<Lip> lower =
      lip_of(colours_where(lab.rowRange(middle, lab.rows), lips.rowRange(middle, lab.rows)));
  if (!upper || !lower) return 1;

  const double right = inner(0, 0);
  const double width = inner(0, lip_landmarks / 2) - right;
  const int first = std::clamp(cvRound(right + corner_share * width), 0, lab.cols);
  const int last = std::clamp(cvRound(right + (1 - corner_share) * width), first, lab.cols);
  const std::vector<Colour> inside = colours_where(lab.colRange(first, last), between.colRange(first, last));
  if (inside.empty()) return 1;
  const auto no_lip = std::count_if(inside.begin(), inside.end(), [&](const Colour& colour) {
    return is_unlike(colour, *upper) && is_unlike(colour, *lower);
  });
  return static_cast<double>(no_lip) / static_cast<double>(inside.size());
}

}  // namespace reenact
