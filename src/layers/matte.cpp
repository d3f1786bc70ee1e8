#include "layers/matte.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "layers/box_mean.h"
#include "layers/colour_moments.h"
#include "layers/masks.h"
#include "layers/runs.h"

namespace reenact {
namespace {

constexpr float sure_person = 0.9F;
constexpr float sure_background = 0.2F;
constexpr double person_margin_cm = 0.5;
constexpr double background_margin_cm = 0.9;
constexpr double filter_radius_cm = 0.45;
constexpr double filter_epsilon = 1e-4;
constexpr double last_filter_epsilon = 1e-5;
constexpr double colours_radius_cm = 1.2;
constexpr float colours_trust = 0.85F;

/// Mean B, G, R of one side near each pixel and their variance, summed: within `radius`, or within three
/// times that where there is little. CV_32FC4.
cv::Mat colours_near(const cv::Mat& picture, const cv::Mat& mask, int radius) {
  constexpr float little = 0.02F;  // of a window
  const int step = coarse_step(radius);
  const cv::Mat moments = colour_moments(picture, mask, step);
  const cv::Mat near = box_mean(moments, radius / step);
  const cv::Mat far = box_mean(moments, 3 * radius / step);
  cv::Mat colours(moments.size(), CV_32FC4);
  for (int y = 0; y < colours.rows; ++y) {
    for (int x = 0; x < colours.cols; ++x) {
      const bool is_near = near.at<ColourMoments>(y, x)[4] > little;
      const auto& m = (is_near ? near : far).at<ColourMoments>(y, x);
      const cv::Vec3f mean = mean_colour(m);
      colours.at<cv::Vec4f>(y, x) = {mean[0], mean[1], mean[2], is_near ? colour_variance(m) : little};
    }
  }
  cv::resize(colours, colours, picture.size(), 0, 0, cv::INTER_LINEAR);
  return colours;
}

/// Moves `alpha`, where nothing is sure, towards the place of each colour between the means of both sides.
void blend_in_colours(const cv::Mat& picture, const Trimap& trimap, double cm, cv::Mat& alpha) {
  const int radius = std::max(3, static_cast<int>(std::lround(colours_radius_cm * cm)));
  const cv::Mat person = colours_near(picture, trimap.person, radius);
  const cv::Mat background = colours_near(picture, trimap.background, radius);
  for (int y = 0; y < alpha.rows; ++y) {
    for (int x = 0; x < alpha.cols; ++x) {
      if (trimap.person.at<std::uint8_t>(y, x) != 0 || trimap.background.at<std::uint8_t>(y, x) != 0)
        continue;
      const auto& of_person = person.at<cv::Vec4f>(y, x);
      const auto& of_background = background.at<cv::Vec4f>(y, x);
      const cv::Vec3f behind(of_background.val);
      const cv::Vec3f contrast = cv::Vec3f(of_person.val) - behind;
      const float squared = contrast.dot(contrast);
      const float place = (picture.at<cv::Vec3f>(y, x) - behind).dot(contrast) / std::max(squared, 1e-4F);
      const float spread = 2.0F * of_person[3] + 8.0F * of_background[3] + 0.004F;
      const float by_colour = std::clamp((place - 0.12F) / 0.76F, 0.0F, 1.0F);
      float& value = alpha.at<float>(y, x);
      value += colours_trust * squared / (squared + spread) * (by_colour - value);
    }
  }
}

}  // namespace

Trimap make_trimap(const cv::Mat& probability, const cv::Mat& inner, double cm) {
  const cv::Mat person = probability > 0.5;
  Trimap trimap;
  trimap.person = (eroded(person, person_margin_cm * cm) & (probability > sure_person)) | inner;
  trimap.background = ~dilated(person, background_margin_cm * cm) & (probability < sure_background) & ~inner;
  return trimap;
}

LocalLinearModel matte_model(const cv::Mat& picture, const cv::Mat& probability, const Trimap& trimap,
                             double cm) {
  cv::Mat alpha = probability.clone();
  alpha.setTo(1, trimap.person);
  alpha.setTo(0, trimap.background);
  const int radius = std::max(2, static_cast<int>(std::lround(filter_radius_cm * cm)));
  const int last_radius = std::max(2, radius / 3);
  const cv::Mat unsure = ~(trimap.person | trimap.background);
  const cv::Mat around = widened(unsure, 2 * last_radius);
  apply(fit_local_linear(picture, alpha, radius, filter_epsilon, around), picture).copyTo(alpha, around);
  blend_in_colours(picture, trimap, cm, alpha);
  return fit_local_linear(picture, alpha, last_radius, last_filter_epsilon, unsure);
}

}  // namespace reenact
