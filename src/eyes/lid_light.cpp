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
constexpr std::array<float, 2> fold_heights = {0.10F, 0.20F};         ///< of the skin above the upper edge
constexpr float shading_sigma = 0.05F;                                ///< finer is texture
constexpr float lift_sigma = 0.03F;

/// In 27 eyes of 15 drivers who blink, the shut lid is 0.78 + 0.24 r times as light as the skin below, where
/// the skin above the open eye is r times as light (0.99 in the median, quartiles 0.91 and 1.08). The middle
/// of a drawn lid is a little lighter than the whole, since it gets darker towards its sides.
constexpr float lid_brightness = 0.80F;
constexpr float fold_share = 0.25F;
constexpr float least_fold = 0.3F;
constexpr float greatest_fold = 1.3F;

constexpr float greatest_lift = 3.5F;
constexpr float common_share = 0.5F;  ///< of the mean along the eye in what is plain skin at a place
constexpr float least_level = 4.0F;

/// Mean of the photo at heights over an edge along the eye's axis, in eye widths.
template <std::size_t Count>
std::array<Colour, lid_samples> along_edge(const EyeRegion& region, const EyeFrame& frame,
                                           const LidProfile& edge, const std::array<float, Count>& heights,
                                           float up, const Sampler<Colour>& photo) {
  const Eigen::Vector2f origin(static_cast<float>(region.box.x), static_cast<float>(region.box.y));
  std::array<Colour, lid_samples> colours;
  for (std::size_t i = 0; i < lid_samples; ++i) {
    colours[i] = Colour::all(0);
    for (const float height : heights) {
      const Eigen::Vector2f place =
          frame.image(lid_position(static_cast<int>(i)), edge[i] + up * height * region.width) - origin;
      colours[i] += photo.linear(place.x(), place.y()) / static_cast<float>(Count);
    }
  }
  return colours;
}

Colour mean_of(const std::array<Colour, lid_samples>& colours) {
  Colour sum = Colour::all(0);
  for (const Colour& colour : colours) sum += colour;
  return sum / static_cast<float>(lid_samples);
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
  const Sampler<Colour> photo(picture);
  std::array<Colour, lid_samples> tone =
      along_edge(region, lids.frame, lids.lower, plain_depths, -1.0F, photo);
  const Colour below = mean_of(tone);
  const Colour fold = mean_of(along_edge(region, lids.frame, lids.upper, fold_heights, 1.0F, photo));
  const float fold_light = clamped(luma(fold) / std::max(luma(below), 1.0F), least_fold, greatest_fold);
  for (Colour& colour : tone) {
    colour = (lid_brightness + fold_share * fold_light) * mixed(colour, below, common_share);
  }
  const cv::Mat shading = skin_shading(region, picture);
  LidLight light;
  light.skin = below;
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
