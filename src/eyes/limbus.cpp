#include "eyes/limbus.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "eyes/sampling.h"
#include "eyes/statistics.h"

namespace reenact {
namespace {

constexpr int radii = 57;
constexpr float first_radius = 0.5F;
constexpr float last_radius = 1.9F;
constexpr std::size_t least_pixels = 4;  ///< of a radius
constexpr int least_radii = 20;
constexpr float least_contrast = 12.0F;
constexpr float least_edge = 0.75F;  ///< radii below this are pupil

float radius_of(int i) {
  return first_radius + (last_radius - first_radius) * static_cast<float>(i) / (radii - 1);
}

/// Gaps filled linearly, then a running mean of five.
std::vector<float> smoothed(const std::vector<std::optional<float>>& profile) {
  std::vector<float> filled(radii);
  int before = -1;
  for (int i = 0; i < radii; ++i) {
    if (!profile[static_cast<std::size_t>(i)]) continue;
    const float here = *profile[static_cast<std::size_t>(i)];
    const float from = before < 0 ? here : filled[static_cast<std::size_t>(before)];
    for (int j = before + 1; j <= i; ++j) {
      const float share = static_cast<float>(j - before) / static_cast<float>(i - before);
      filled[static_cast<std::size_t>(j)] = from + share * (here - from);
    }
    before = i;
  }
  for (int j = before + 1; j < radii; ++j)
    filled[static_cast<std::size_t>(j)] = filled[static_cast<std::size_t>(before)];
  std::vector<float> mean(radii);
  for (int i = 0; i < radii; ++i) {
    float sum = 0;
    for (int j = i - 2; j <= i + 2; ++j) sum += filled[static_cast<std::size_t>(std::clamp(j, 0, radii - 1))];
    mean[static_cast<std::size_t>(i)] = sum / 5;
  }
  return mean;
}

}  // namespace

std::optional<Limbus> measure_limbus(const EyeRegion& region, const cv::Mat& picture, float iris_radius) {
  const float half_bin = std::max(0.04F, 0.5F / iris_radius);
  std::vector<std::vector<float>> seen(radii);
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x) {
      const EyePixel& pixel = region.at(y, x);
      const bool visible = pixel.inside && pixel.to_upper > 0.06F * region.width &&
                           pixel.to_lower > 0.03F * region.width &&
                           std::abs(std::cos(pixel.iris.azimuth)) > 0.4F;
      if (!visible) continue;
      const float level = luma(picture.at<Colour>(y, x));
      for (int i = 0; i < radii; ++i) {
        if (std::abs(pixel.iris.radius - radius_of(i)) < half_bin)
          seen[static_cast<std::size_t>(i)].push_back(level);
      }
    }
  }
  std::vector<std::optional<float>> profile(radii);
  int known = 0;
  for (std::size_t i = 0; i < profile.size(); ++i) {
    if (seen[i].size() < least_pixels) continue;
    profile[i] = quantile(seen[i], 0.5F);
    ++known;
  }
  if (known <= least_radii) return std::nullopt;
  const std::vector<float> levels = smoothed(profile);
  std::vector<float> inner;
  std::vector<float> outer;
  for (int i = 0; i < radii; ++i) {
    if (radius_of(i) < 0.8F) inner.push_back(levels[static_cast<std::size_t>(i)]);
    if (radius_of(i) > 1.1F) outer.push_back(levels[static_cast<std::size_t>(i)]);
  }
  const float low = quantile(inner, 0.5F);
  const float high = quantile(outer, 0.75F);
  if (high - low <= least_contrast) return std::nullopt;
  const auto level_at = [&](int i) { return (levels[static_cast<std::size_t>(i)] - low) / (high - low); };
  const auto first_above = [&](float level) {
    for (int i = 0; i < radii; ++i) {
      if (radius_of(i) > least_edge && level_at(i) > level) return i;
    }
    return -1;
  };
  const int half = first_above(0.5F);
  if (half < 0) return std::nullopt;
  const int nearly_white = first_above(0.9F);
  int still_iris = half;
  while (still_iris > 0 && level_at(still_iris) >= 0.15F) --still_iris;
  if (level_at(still_iris) >= 0.15F) still_iris = half;
  Limbus limbus;
  limbus.radius = std::clamp(radius_of(half), 0.85F, 1.3F);
  limbus.half_width =
      (radius_of(nearly_white < 0 ? half : nearly_white) - radius_of(still_iris)) / 2 / limbus.radius;
  limbus.contrast = high - low;
  return limbus;
}

}  // namespace reenact
