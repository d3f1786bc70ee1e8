#include "eyes/lid_light.h"

#include <algorithm>
#include <array>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "eyes/sampling.h"

namespace reenact {
namespace {

// In eye widths.
constexpr std::array<float, 3> plain_depths = {0.20F, 0.26F, 0.32F};  ///< of plain skin below the lower edge
constexpr float shading_sigma = 0.05F;                                ///< finer is texture
constexpr float lift_sigma = 0.03F;

constexpr float greatest_lift = 3.5F;
constexpr float common_share = 0.5F;  ///< of the mean along the eye in what is plain skin at a place
constexpr float least_level = 4.0F;

/// Colour of a shut lid along the eye's axis, from the plain skin below it.
std::array<Colour, lid_samples> shut_tone(const EyeRegion& region, const LidCurves& lids,
                                          const cv::Mat& picture) {
  const Sampler<Colour> photo(picture);
  const Eigen::Vector2f origin(static_cast<float>(region.box.x), static_cast<float>(region.box.y));
  std::array<Colour, lid_samples> plain;
  Colour mean = Colour::all(0);
  for (std::size_t i = 0; i < lid_samples; ++i) {
    plain[i] = Colour::all(0);
    for (const float depth : plain_depths) {
      const float height = lids.lower[i] - depth * region.width;
      const Eigen::Vector2f place = lids.frame.image(lid_position(static_cast<int>(i)), height) - origin;
      plain[i] += photo.linear(place.x(), place.y()) / static_cast<float>(plain_depths.size());
    }
    mean += plain[i] / static_cast<float>(lid_samples);
  }
  for (Colour& colour : plain) colour = shut_lid_brightness * mixed(colour, mean, common_share);
  return plain;
}

/// Shading of the skin around the opening between the lids, which itself counts for nothing.
cv::Mat skin_shading(const EyeRegion& region, const cv::Mat& picture) {
  cv::Mat shading = picture.clone();
  cv::Mat weight(region.box.size(), CV_32FC3, cv::Scalar::all(1));
  for (int y = 0; y < shading.rows; ++y) {
    for (int x = 0; x < shading.cols; ++x) {
      if (!region.at(y, x).inside) continue;
      shading.at<Colour>(y, x) = Colour::all(0);
      weight.at<Colour>(y, x) = Colour::all(0);
    }
  }
  for (cv::Mat* plane : {&shading, &weight}) {
    cv::GaussianBlur(*plane, *plane, cv::Size(), shading_sigma * region.width, 0, cv::BORDER_REPLICATE);
  }
  return shading / cv::max(weight, 1e-3);
}

}  // namespace

LidLight measure_lid_light(const EyeRegion& region, const LidCurves& lids, const cv::Mat& picture) {
  const std::array<Colour, lid_samples> tone = shut_tone(region, lids, picture);
  const cv::Mat shading = skin_shading(region, picture);
  LidLight light;
  light.tone = cv::Mat(1, lid_samples, CV_32FC3);
  for (int i = 0; i < lid_samples; ++i) light.tone.at<Colour>(0, i) = tone[static_cast<std::size_t>(i)];
  light.lift = cv::Mat(region.box.size(), CV_32FC3, cv::Scalar::all(1));
  for (int y = 0; y < light.lift.rows; ++y) {
    for (int x = 0; x < light.lift.cols; ++x) {
      const EyePixel& pixel = region.at(y, x);
      if (pixel.to_upper >= pixel.to_lower) continue;
      const float sample = clamped(pixel.a, 0.0F, 1.0F) * (lid_samples - 1);
      const Colour& wanted = tone[static_cast<std::size_t>(sample + 0.5F)];
      const Colour& there = shading.at<Colour>(y, x);
      Colour more;
      for (int c = 0; c < 3; ++c) more[c] = std::max(wanted[c] / std::max(there[c], least_level) - 1, 0.0F);
      // Bounded for all channels alike, or dark skin would turn grey.
      const float most = std::max({more[0], more[1], more[2]});
      light.lift.at<Colour>(y, x) =
          Colour::all(1) + more * std::min(1.0F, (greatest_lift - 1) / std::max(most, 1e-3F));
    }
  }
  cv::GaussianBlur(light.lift, light.lift, cv::Size(), lift_sigma * region.width, 0, cv::BORDER_REPLICATE);
  return light;
}

}  // namespace reenact
