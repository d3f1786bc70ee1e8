#include "layers/background_fill.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "layers/masks.h"
#include "reenact/core/smoothstep.h"

namespace reenact {
namespace {

constexpr double smooth_pixels_per_cm =
    10;                            // that the smooth continuation and the way to mirror are worked out at
constexpr double detail_cm = 1.0;  // length below which a structure is detail
constexpr double mirror_fades_cm = 3.0;     // over which the mirrored detail fades,
constexpr double mirror_ends_cm = 4.0;      // to nothing here
constexpr double mirror_low_ends_cm = 2.0;  // where the mirrored picture's own brightness is gone
constexpr double edge_cm = 0.15;            // near the border that a mirrored place must not be
constexpr float detail_limit = 0.25F;

/// Weight of a pixel that is only partly known: so that a quarter of a coarse pixel counts in full.
void saturate_weights(cv::Mat& level) {
  for (int y = 0; y < level.rows; ++y) {
    for (int x = 0; x < level.cols; ++x) {
      auto& value = level.at<cv::Vec4f>(y, x);
      if (value[3] > 0) value *= std::min(1.0F, 4 * value[3]) / value[3];
    }
  }
}

/// Where each pixel reads the picture when that is mirrored at the border of what is clean.
struct Mirror {
  cv::Mat place;     ///< CV_32FC2
  cv::Mat distance;  ///< CV_32FC1, to what is clean
  cv::Mat strength;  ///< CV_32FC1, in [0, 1]: small where the way to the border has no direction
};

Mirror find_mirror(const cv::Mat& clean, double cm) {
  Mirror mirror;
  cv::distanceTransform(~clean, mirror.distance, cv::DIST_L2, cv::DIST_MASK_5);
  cv::Mat smooth;
  cv::Mat gradient_x;
  cv::Mat gradient_y;
  cv::GaussianBlur(mirror.distance, smooth, {0, 0}, std::max(0.5 * cm, 0.5));
  cv::Sobel(smooth, gradient_x, CV_32F, 1, 0, 3, 1.0 / 8);
  cv::Sobel(smooth, gradient_y, CV_32F, 0, 1, 3, 1.0 / 8);
  mirror.place.create(clean.size(), CV_32FC2);
  mirror.strength.create(clean.size(), CV_32FC1);
  for (int y = 0; y < clean.rows; ++y) {
    for (int x = 0; x < clean.cols; ++x) {
      const cv::Vec2f gradient(gradient_x.at<float>(y, x), gradient_y.at<float>(y, x));
      const float length = std::hypot(gradient[0], gradient[1]) + 1e-4F;
      const cv::Vec2f here(static_cast<float>(x), static_cast<float>(y));
      mirror.place.at<cv::Vec2f>(y, x) = here - gradient * (2.1F * mirror.distance.at<float>(y, x) / length);
      mirror.strength.at<float>(y, x) = std::min(length / 0.5F, 1.0F);
    }
  }
  return mirror;
}

cv::Mat resized(const cv::Mat& picture, cv::Size size, int interpolation = cv::INTER_LINEAR) {
  cv::Mat result;
  cv::resize(picture, result, size, 0, 0, interpolation);
  return result;
}

cv::Mat blurred(const cv::Mat& picture, double sigma) {
  cv::Mat result;
  if (sigma >= 4) {  // pixels in pairs show as much
    const cv::Size half((picture.cols + 1) / 2, (picture.rows + 1) / 2);
    return resized(blurred(resized(picture, half, cv::INTER_AREA), sigma / 2), picture.size());
  }
  cv::GaussianBlur(picture, result, {0, 0}, std::max(sigma, 0.5));
  return result;
}

/// The mirrored picture with how much of it is known as a fourth channel, both zero where it is not.
cv::Mat mirrored(const cv::Mat& picture, const cv::Mat& clean, const cv::Mat& place, double cm) {
  cv::Mat known;
  cv::remap(clean, known, place, cv::noArray(), cv::INTER_LINEAR, cv::BORDER_REFLECT_101);
  eroded(known == 255, edge_cm * cm).convertTo(known, CV_32F, 1.0 / 255);
  known = blurred(known, edge_cm * cm);
  cv::Mat colours;
  cv::remap(picture, colours, place, cv::noArray(), cv::INTER_LINEAR, cv::BORDER_REFLECT_101);
  cv::Mat result(picture.size(), CV_32FC4);
  for (int y = 0; y < result.rows; ++y) {
    for (int x = 0; x < result.cols; ++x) {
      const float weight = known.at<float>(y, x);
      const cv::Vec3f c = colours.at<cv::Vec3f>(y, x) * weight;
      result.at<cv::Vec4f>(y, x) = {c[0], c[1], c[2], weight};
    }
  }
  return result;
}

cv::Vec3f colour_of(const cv::Vec4f& weighted, float least) {
  return cv::Vec3f(weighted[0], weighted[1], weighted[2]) / std::max(weighted[3], least);
}

}  // namespace

cv::Mat pull_push(const cv::Mat& picture, const cv::Mat& clean) {
  std::vector<cv::Mat> levels(1);
  levels[0].create(picture.size(), CV_32FC4);
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x) {
      const auto& c = picture.at<cv::Vec3f>(y, x);
      levels[0].at<cv::Vec4f>(y, x) =
          clean.at<std::uint8_t>(y, x) != 0 ? cv::Vec4f(c[0], c[1], c[2], 1) : cv::Vec4f(0, 0, 0, 0);
    }
  }
  while (std::max(levels.back().rows, levels.back().cols) > 1) {
    cv::Mat coarser;
    cv::pyrDown(levels.back(), coarser, {}, cv::BORDER_REFLECT_101);
    saturate_weights(coarser);
    levels.push_back(coarser);
  }
  const cv::Vec4f last = levels.back().at<cv::Vec4f>(0, 0);
  cv::Mat filled(1, 1, CV_32FC3, cv::Scalar(colour_of(last, 1e-6F)));
  for (std::size_t i = levels.size(); i-- > 0;) {
    const cv::Mat& level = levels[i];
    cv::Mat finer = resized(filled, level.size());
    for (int y = 0; y < level.rows; ++y) {
      for (int x = 0; x < level.cols; ++x) {
        const auto& value = level.at<cv::Vec4f>(y, x);
        auto& colour = finer.at<cv::Vec3f>(y, x);
        colour = cv::Vec3f(value[0], value[1], value[2]) + (1 - value[3]) * colour;
      }
    }
    filled = finer;
  }
  return filled;
}

cv::Mat fill_background(const cv::Mat& picture, const cv::Mat& clean, double cm) {
  const double scale = std::min(1.0, smooth_pixels_per_cm / cm);
  const cv::Size size(std::max(8, static_cast<int>(std::lround(picture.cols * scale))),
                      std::max(8, static_cast<int>(std::lround(picture.rows * scale))));
  const int shrinking = scale > 0.5 ? cv::INTER_LINEAR : cv::INTER_AREA;
  const cv::Mat clean_small = resized(clean, size, shrinking) > 254;
  if (cv::countNonZero(clean_small) == 0) return pull_push(picture, clean);
  const cv::Mat smooth = resized(pull_push(resized(picture, size, shrinking), clean_small), picture.size());

  Mirror mirror = find_mirror(clean_small, cm * scale);
  const cv::Vec2f ratio(static_cast<float>(picture.cols) / static_cast<float>(size.width),
                        static_cast<float>(picture.rows) / static_cast<float>(size.height));
  mirror.place.forEach<cv::Vec2f>([&](cv::Vec2f& place, const int*) {
    place = (place + cv::Vec2f(0.5F, 0.5F)).mul(ratio) - cv::Vec2f(0.5F, 0.5F);
  });
  const cv::Mat distance = resized(mirror.distance, picture.size());
  const cv::Mat strength = resized(mirror.strength, picture.size());
  const cv::Mat seen = mirrored(picture, clean, resized(mirror.place, picture.size()), cm);
  const cv::Mat seen_low = blurred(seen, detail_cm * cm);

  const auto per_cm = static_cast<float>(1.0 / (scale * cm));
  constexpr auto ends = static_cast<float>(mirror_ends_cm);
  constexpr auto fades = static_cast<float>(mirror_fades_cm);
  constexpr auto low_ends = static_cast<float>(mirror_low_ends_cm);
  cv::Mat filled = picture.clone();
  filled.forEach<cv::Vec3f>([&](cv::Vec3f& pixel, const int* position) {
    const int y = position[0];
    const int x = position[1];
    if (clean.at<std::uint8_t>(y, x) != 0) return;
    const auto& near = seen.at<cv::Vec4f>(y, x);
    const cv::Vec3f low = colour_of(seen_low.at<cv::Vec4f>(y, x), 0.05F);
    const float away = distance.at<float>(y, x) * per_cm;
    const float known = std::clamp(near[3], 0.0F, 1.0F);
    const float share = smoothstep((ends - away) / fades) * strength.at<float>(y, x) * known;
    const float low_share = share * smoothstep((low_ends - away) / low_ends);
    const cv::Vec3f smooth_colour = smooth.at<cv::Vec3f>(y, x);
    const cv::Vec3f colour = known > 0 ? colour_of(near, 1e-6F) : low;
    for (int c = 0; c < 3; ++c) {
      const float detail = std::clamp(colour[c] - low[c], -detail_limit, detail_limit);
      pixel[c] =
          std::clamp(smooth_colour[c] + share * detail + low_share * (low[c] - smooth_colour[c]), 0.0F, 1.0F);
    }
  });
  return filled;
}

}  // namespace reenact
