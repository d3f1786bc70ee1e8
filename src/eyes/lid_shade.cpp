#include "eyes/lid_shade.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "eyes/statistics.h"

namespace reenact {
namespace {

// In eye widths.
constexpr float band_reach = 0.24F;
constexpr int band_samples = 40;
constexpr int edge_samples = 16;  ///< of the band, in which its darkest place is sought
constexpr float least_band = 0.02F;
constexpr float greatest_band = 0.15F;
constexpr float plain_band = 0.025F;  ///< where nothing is dark

constexpr float least_contrast = 10.0F;

/// Where the darkest place at the open upper edge and the skin above it are looked for, in eye widths from
/// the edge, and along which part of it. In 23 eyes of 13 drivers who blink, the lashes of shut lids are 0.07
/// + 0.74 r times as light as the skin, where the darkest place is r times as light (correlation 0.66).
constexpr float lash_inside = 0.06F;
constexpr float lash_outside = 0.10F;
constexpr int lash_steps = 17;
constexpr float skin_start = 0.20F;
constexpr float skin_end = 0.30F;
constexpr int skin_steps = 6;
constexpr int first_lash = 3 * (lid_samples - 1) / 10;
constexpr int last_lash = 7 * (lid_samples - 1) / 10;
constexpr float lash_base = 0.07F;
constexpr float lash_share = 0.74F;
constexpr float least_lash_light = 0.12F;
constexpr float greatest_lash_light = 0.75F;

constexpr float least_ratio = 0.15F;
constexpr float greatest_ratio = 1.1F;
constexpr float ratio_offset = 6.0F;  ///< levels added to both, against noise in the dark

/// Unit normal of the upper edge at sample `i`, towards the brow.
Eigen::Vector2f edge_normal(const LidCurves& lids, int i) {
  const int before = std::clamp(i - 1, 1, lid_samples - 4);
  const int after = std::clamp(i + 1, 3, lid_samples - 2);
  const auto point = [&](int s) {
    return lids.frame.image(lid_position(s), lids.upper[static_cast<std::size_t>(s)]);
  };
  const Eigen::Vector2f tangent = (point(after) - point(before)).normalized();
  const Eigen::Vector2f normal(-tangent.y(), tangent.x());
  return normal.dot(lids.frame.up) > 0 ? normal : Eigen::Vector2f(-normal);
}

void blur_along(LidProfile& profile, int window, double sigma) {
  cv::Mat values(lid_samples, 1, CV_32F, profile.data());
  cv::Mat smooth;
  cv::GaussianBlur(values, smooth, cv::Size(1, window), sigma, sigma, cv::BORDER_REPLICATE);
  smooth.copyTo(values);
}

/// Brightness of the lashes of shut lids over that of the skin, from the edge of the open lid.
float lash_light(const EyeRegion& region, const LidCurves& lids, const cv::Mat& picture) {
  const Sampler<Colour> photo(picture);
  float lashes = 0;
  std::vector<float> skin;
  for (int i = first_lash; i <= last_lash; ++i) {
    const Eigen::Vector2f edge = lids.frame.image(lid_position(i), lids.upper[static_cast<std::size_t>(i)]);
    const Eigen::Vector2f normal = edge_normal(lids, i);
    const auto brightness = [&](float from, float to, int step, int steps) {
      const float distance = from + (to - from) * static_cast<float>(step) / static_cast<float>(steps - 1);
      const Eigen::Vector2f place = edge + distance * region.width * normal;
      return luma(photo.linear(place.x() - static_cast<float>(region.box.x),
                               place.y() - static_cast<float>(region.box.y)));
    };
    float darkest = 255;
    for (int k = 0; k < lash_steps; ++k) {
      darkest = std::min(darkest, brightness(-lash_inside, lash_outside, k, lash_steps));
    }
    lashes += darkest / static_cast<float>(last_lash - first_lash + 1);
    for (int k = 0; k < skin_steps; ++k) skin.push_back(brightness(skin_start, skin_end, k, skin_steps));
  }
  const float plain = std::max(quantile(skin, 0.5F), 1.0F);
  return clamped(lash_base + lash_share * lashes / plain, least_lash_light, greatest_lash_light);
}

}  // namespace

LashBand measure_lashes(const EyeRegion& region, const LidCurves& lids, const cv::Mat& picture) {
  const float width = region.width;
  cv::Mat grey;
  cv::cvtColor(picture, grey, cv::COLOR_BGR2GRAY);
  cv::GaussianBlur(grey, grey, cv::Size(), std::max(0.5F, 0.012F * width), 0, cv::BORDER_REPLICATE);
  const Sampler<float> sampler(grey);
  cv::Mat bands(lid_samples, band_samples, CV_32F);
  for (int i = 0; i < lid_samples; ++i) {
    const Eigen::Vector2f edge = lids.frame.image(lid_position(i), lids.upper[static_cast<std::size_t>(i)]);
    const Eigen::Vector2f normal = edge_normal(lids, i);
    for (int k = 0; k < band_samples; ++k) {
      const float distance = band_reach * width * static_cast<float>(k) / (band_samples - 1);
      const Eigen::Vector2f place = edge + distance * normal;
      bands.at<float>(i, k) = sampler.linear(place.x() - static_cast<float>(region.box.x),
                                             place.y() - static_cast<float>(region.box.y));
    }
  }
  cv::GaussianBlur(bands, bands, cv::Size(1, 7), 1.5, 1.5, cv::BORDER_REPLICATE);

  LashBand lashes;
  std::array<float, lid_samples> thickness{};
  for (int i = 0; i < lid_samples; ++i) {
    const float* row = bands.ptr<float>(i);
    const float* darkest = std::min_element(row, row + edge_samples);
    const float skin = *std::max_element(darkest, darkest + edge_samples);
    float& here = thickness[static_cast<std::size_t>(i)];
    here = plain_band;
    if (skin - *darkest >= least_contrast) {
      const float* end = std::find_if(darkest, row + band_samples, [&](float level) {
        return level > *darkest + 0.7F * (skin - *darkest);
      });
      here = band_reach * static_cast<float>(end - row) / (band_samples - 1);
    }
  }
  for (int i = 0; i < lid_samples; ++i) {
    std::vector<float> around;
    for (int j = i - 6; j <= i + 6; ++j) {
      around.push_back(thickness[static_cast<std::size_t>(std::clamp(j, 0, lid_samples - 1))]);
    }
    lashes.height[static_cast<std::size_t>(i)] =
        clamped(quantile(around, 0.5F), least_band, greatest_band) * width;
  }
  blur_along(lashes.height, 9, 2.0);
  lashes.light = lash_light(region, lids, picture);
  return lashes;
}

cv::Mat measure_lid_shade(const EyeRegion& region, const LidCurves& lids, const cv::Mat& picture,
                          const cv::Mat& ball) {
  const float width = region.width;
  const Sampler<Colour> photo(picture);
  const Sampler<Colour> bare(ball);
  cv::Mat shade(lid_samples, lid_shade_depths, CV_32FC3);
  for (int i = 0; i < lid_samples; ++i) {
    const Eigen::Vector2f edge = lids.frame.image(lid_position(i), lids.upper[static_cast<std::size_t>(i)]);
    const Eigen::Vector2f normal = edge_normal(lids, i);
    for (int k = 0; k < lid_shade_depths; ++k) {
      const Eigen::Vector2f place =
          edge - lid_shade_reach * width * static_cast<float>(k) / (lid_shade_depths - 1) * normal;
      const Eigen::Vector2f local = lids.frame.local(place);
      const float clear = smoothstep((local.y() - at(lids.lower, local.x())) / width / 0.05F);
      const float x = place.x() - static_cast<float>(region.box.x);
      const float y = place.y() - static_cast<float>(region.box.y);
      const Colour seen = photo.linear(x, y) + Colour::all(ratio_offset);
      const Colour there = bare.linear(x, y) + Colour::all(ratio_offset);
      Colour ratio;
      for (int c = 0; c < 3; ++c) {
        ratio[c] = 1 + clear * (clamped(seen[c] / std::max(there[c], 1.0F), least_ratio, greatest_ratio) - 1);
      }
      shade.at<Colour>(i, k) = ratio;
    }
  }
  cv::GaussianBlur(shade, shade, cv::Size(1, 5), 0.9, 0.9, cv::BORDER_REPLICATE);
  for (int i = 0; i < lid_samples; ++i) {
    for (int k = 0; k < lid_shade_depths; ++k) {
      const float depth = static_cast<float>(k) / (lid_shade_depths - 1);
      Colour& here = shade.at<Colour>(i, k);
      here = mixed(Colour::all(1), here, smoothstep((1 - depth) / 0.6F));
    }
  }
  return shade;
}

}  // namespace reenact
