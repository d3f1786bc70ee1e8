#include "reenact/compose/chroma_range.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace reenact {
namespace {

constexpr double looked_at_side_px = 64;
constexpr double share_beyond = 0.002;
constexpr int knots = 17;  ///< of the tint, from black to white

constexpr float red_in_luma = 0.299F;
constexpr float green_in_luma = 0.587F;
constexpr float blue_in_luma = 0.114F;

float luma_of(float red, float green, float blue) {
  return red_in_luma * red + green_in_luma * green + blue_in_luma * blue;
}

/// Place of a luma in the table of tints.
std::size_t level_of(float luma) {
  return static_cast<std::size_t>(std::min(std::max(luma, 0.0F), 1.0F) * 255.0F + 0.5F);
}

cv::Size shrunk_to(const cv::Mat& picture, double longer_side) {
  const double scale = std::min(1.0, longer_side / std::max(picture.cols, picture.rows));
  return {std::max(1, cvRound(scale * picture.cols)), std::max(1, cvRound(scale * picture.rows))};
}

/// The colours of a small copy, side by side: luma, B − Y, R − Y.
std::vector<cv::Vec3f> chroma_of(const cv::Mat& picture) {
  cv::Mat copy;
  cv::resize(picture, copy, shrunk_to(picture, 4 * looked_at_side_px), 0, 0, cv::INTER_AREA);
  copy.convertTo(copy, CV_32F, 1 / 255.0);
  cv::Mat_<cv::Vec3f> small;  // from real numbers, so that rounding does not count as colour either
  cv::resize(copy, small, shrunk_to(picture, looked_at_side_px), 0, 0, cv::INTER_AREA);
  std::vector<cv::Vec3f> colours;
  for (const cv::Vec3f& bgr : small) {
    const float luma = luma_of(bgr[2], bgr[1], bgr[0]);
    colours.emplace_back(luma, bgr[0] - luma, bgr[2] - luma);
  }
  return colours;
}

/// The mean of `channel` around every knot; a knot that no colour is near takes its neighbour's.
std::array<float, knots> means_at_knots(const std::vector<cv::Vec3f>& colours, int channel) {
  std::array<float, knots> sum{};
  std::array<float, knots> weight{};
  for (const cv::Vec3f& colour : colours) {
    const float place = std::clamp(colour[0], 0.0F, 1.0F) * (knots - 1);
    const auto before = static_cast<std::size_t>(std::min(place, knots - 1.001F));
    const float fraction = place - static_cast<float>(before);
    sum[before] += (1 - fraction) * colour[channel];
    weight[before] += 1 - fraction;
    sum[before + 1] += fraction * colour[channel];
    weight[before + 1] += fraction;
  }
  const auto known = [&](std::size_t knot) { return weight[knot] > 0.5F; };
  std::array<float, knots> mean{};
  for (std::size_t knot = 0; knot < knots; ++knot) {
    for (std::size_t away = 0; away < knots; ++away) {
      const std::size_t nearest = knot >= away && known(knot - away) ? knot - away : knot + away;
      if (nearest >= knots || !known(nearest)) continue;
      mean[knot] = sum[nearest] / weight[nearest];
      break;
    }
  }
  return mean;
}

float at_level(const std::array<float, knots>& means, std::size_t level) {
  const float place = static_cast<float>(level) / 255.0F * (knots - 1);
  const auto before = static_cast<std::size_t>(std::min(place, knots - 1.001F));
  const float fraction = place - static_cast<float>(before);
  return means[before] + fraction * (means[before + 1] - means[before]);
}

/// The value that the given share of all lies below.
float quantile(std::vector<float>& values, double share) {
  const auto place = static_cast<std::ptrdiff_t>(std::lround(share * static_cast<double>(values.size() - 1)));
  std::nth_element(values.begin(), values.begin() + place, values.end());
  return values[static_cast<std::size_t>(place)];
}

}  // namespace

ChromaRange::ChromaRange(const cv::Mat& picture) {
  const std::vector<cv::Vec3f> colours = chroma_of(picture);
  const std::array<float, knots> blue = means_at_knots(colours, 1);
  const std::array<float, knots> red = means_at_knots(colours, 2);
  for (std::size_t level = 0; level < tint_.size(); ++level) {
    tint_[level] = {at_level(blue, level), at_level(red, level)};
  }
  std::vector<float> blue_from_tint;
  std::vector<float> red_from_tint;
  for (const cv::Vec3f& colour : colours) {
    const Chroma& tint = tint_[level_of(colour[0])];
    blue_from_tint.push_back(colour[1] - tint.blue);
    red_from_tint.push_back(colour[2] - tint.red);
  }
  lowest_ = {quantile(blue_from_tint, share_beyond), quantile(red_from_tint, share_beyond)};
  highest_ = {quantile(blue_from_tint, 1 - share_beyond), quantile(red_from_tint, 1 - share_beyond)};
}

void ChromaRange::confine(float* colour, std::size_t pixels) const {
  const auto excess = [](float value, float lowest, float highest) {
    return std::min(value - lowest, 0.0F) + std::max(value - highest, 0.0F);
  };
  // Copies, which no plane written can overlap, let the loop be vectorised.
  const std::array<Chroma, 256> tints = tint_;
  const Chroma lowest = lowest_;
  const Chroma highest = highest_;
  float* red = colour;
  float* green = colour + pixels;
  float* blue = colour + 2 * pixels;
  for (std::size_t i = 0; i < pixels; ++i) {
    const float luma = luma_of(red[i], green[i], blue[i]);
    const Chroma& tint = tints[level_of(luma)];
    const float too_blue = excess(blue[i] - luma - tint.blue, lowest.blue, highest.blue);
    const float too_red = excess(red[i] - luma - tint.red, lowest.red, highest.red);
    red[i] -= too_red;
    blue[i] -= too_blue;
    green[i] += (red_in_luma * too_red + blue_in_luma * too_blue) / green_in_luma;
  }
}

}  // namespace reenact
