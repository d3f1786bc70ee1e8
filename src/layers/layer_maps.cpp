#include "layers/layer_maps.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "layers/background_fill.h"
#include "layers/box_mean.h"
#include "layers/colour_moments.h"
#include "layers/masks.h"
#include "layers/matte.h"
#include "layers/rows_at_size.h"
#include "reenact/core/smoothstep.h"

namespace reenact {
namespace {

constexpr double wide_radius_cm = 0.9;     // of the first estimate of both sides' colours
constexpr double narrow_radius_cm = 0.25;  // of the second
constexpr double plain_radius_cm = 1.5;
constexpr double fringe_cm =
    0.4;  // of what is clean, which may hold hair that the matte missed: no fill is made of it
constexpr float busy_variance = 0.006F;
constexpr float kept_alpha = 0.3F;      // from where on what is unexplained begins to be the person's
constexpr float busy_limit = 0.08F;     // of what the person gets unexplained before a busy background
constexpr float noise = 2.0F / 255.0F;  // of the photo, for which alpha is not raised

int pixels(double cm, double length_cm, int least) {
  return std::max(least, static_cast<int>(std::lround(length_cm * cm)));
}

/// Σ weight·colour / Σ weight over windows.
cv::Mat weighted_mean(const cv::Mat& colours, const cv::Mat& weight, int radius) {
  cv::Mat sums(colours.size(), CV_32FC4);
  for (int y = 0; y < sums.rows; ++y) {
    for (int x = 0; x < sums.cols; ++x) {
      const float w = weight.at<float>(y, x);
      const cv::Vec3f c = colours.at<cv::Vec3f>(y, x) * w;
      sums.at<cv::Vec4f>(y, x) = {c[0], c[1], c[2], w};
    }
  }
  sums = box_mean(sums, radius);
  cv::Mat mean(colours.size(), CV_32FC3);
  for (int y = 0; y < sums.rows; ++y) {
    for (int x = 0; x < sums.cols; ++x) {
      const auto& s = sums.at<cv::Vec4f>(y, x);
      mean.at<cv::Vec3f>(y, x) = cv::Vec3f(s[0], s[1], s[2]) * (1 / (s[3] + 1e-5F));
    }
  }
  return mean;
}

cv::Vec3f clipped(const cv::Vec3f& colour) {
  return {std::clamp(colour[0], 0.0F, 1.0F), std::clamp(colour[1], 0.0F, 1.0F),
          std::clamp(colour[2], 0.0F, 1.0F)};
}

/// The person's colour at a pixel (Forte 2021, equation 4).
cv::Vec3f colour_of_person(const cv::Vec3f& colour, float alpha, const cv::Vec3f& person,
                           const cv::Vec3f& background) {
  return clipped(person + alpha * (colour - alpha * person - (1 - alpha) * background));
}

/// Mean colours of person and background at the edge (Forte 2021, "blur fusion" twice).
struct EdgeColours {
  cv::Mat person;
  cv::Mat background;
};

EdgeColours find_edge_colours(const cv::Mat& picture, const cv::Mat& alpha, double cm) {
  const cv::Mat rest = 1.0 - alpha;
  const int wide = pixels(cm, wide_radius_cm, 2);
  const cv::Mat person = weighted_mean(picture, alpha, wide);
  const cv::Mat background = weighted_mean(picture, rest, wide);
  cv::Mat colours(picture.size(), CV_32FC3);
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x) {
      colours.at<cv::Vec3f>(y, x) =
          colour_of_person(picture.at<cv::Vec3f>(y, x), alpha.at<float>(y, x), person.at<cv::Vec3f>(y, x),
                           background.at<cv::Vec3f>(y, x));
    }
  }
  const int narrow = pixels(cm, narrow_radius_cm, 1);
  return {weighted_mean(colours, alpha, narrow), weighted_mean(background, rest, narrow)};
}

cv::Mat find_plainness(const cv::Mat& picture, const cv::Mat& clean, double cm) {
  constexpr float little = 0.01F;  // of a window
  const int radius = pixels(cm, plain_radius_cm, 3);
  const int step = coarse_step(radius);
  const cv::Mat moments = box_mean(colour_moments(picture, clean, step), radius / step);
  cv::Mat plainness(moments.size(), CV_32FC1);
  for (int y = 0; y < moments.rows; ++y) {
    for (int x = 0; x < moments.cols; ++x) {
      const auto& m = moments.at<ColourMoments>(y, x);
      const float busy = m[4] > little ? colour_variance(m) / busy_variance : 0.0F;
      plainness.at<float>(y, x) = 1 / (1 + busy * busy);
    }
  }
  cv::resize(plainness, plainness, picture.size(), 0, 0, cv::INTER_LINEAR);
  return plainness;
}

/// One pixel of the layers.
struct LayerPixel {
  float alpha;
  cv::Vec3f plate;
};

/// How much larger alpha must be for the person's colour to lie between black and white. Where person and
/// plate are both nearly black, or white, that says little, and alpha stays nearer to what it is.
float missing_alpha(const cv::Vec3f& person, float alpha, const cv::Vec3f& plate) {
  constexpr float least_contrast = 0.25F;
  float missing = 0;
  for (int c = 0; c < 3; ++c) {
    if (person[c] < -noise) missing = std::max(missing, -person[c] / std::max(plate[c], least_contrast));
    if (person[c] > alpha + noise) {
      missing = std::max(missing, (person[c] - alpha) / std::max(1 - plate[c], least_contrast));
    }
  }
  return std::min(missing, 1 - alpha);
}

/// Shares what neither side's colour explains out between person and plate.
LayerPixel split_pixel(const cv::Vec3f& colour, const float* maps, Wisps wisps) {
  const auto three = [&](int value) { return cv::Vec3f(maps + value); };
  const float alpha = stretched(three(LayerMaps::alpha_slope).dot(colour) + maps[LayerMaps::alpha_offset]);
  const float clean = maps[LayerMaps::cleanness];
  const cv::Vec3f behind = clean * colour + (1 - clean) * three(LayerMaps::fill);
  const cv::Vec3f person =
      colour_of_person(colour, alpha, three(LayerMaps::person_colour), three(LayerMaps::background_colour));
  const cv::Vec3f unexplained = colour - alpha * person - (1 - alpha) * behind;
  const float faint = wisps == Wisps::of_person ? 1.0F : smoothstep(alpha / kept_alpha);
  const float plain = faint * maps[LayerMaps::plainness];
  const float limit = busy_limit + (1 - busy_limit) * plain;
  const float share = std::max(plain, smoothstep((alpha - kept_alpha) / 0.3F));
  const float inside = smoothstep((alpha - 0.9F) / 0.1F);
  cv::Vec3f plate;
  for (int c = 0; c < 3; ++c) {
    const float kept =
        inside * unexplained[c] + (1 - inside) * std::clamp(share * unexplained[c], -limit, limit);
    const float given = (1 - clean) * (unexplained[c] - kept) / std::max(1 - alpha, 0.1F);
    plate[c] = std::clamp(behind[c] + given, 0.0F, 1.0F);
  }
  return {alpha + missing_alpha(colour - (1 - alpha) * plate, alpha, plate), plate};
}

/// Writes a pixel in whole levels: person + (1 − alpha)·plate is the colour.
void write_pixel(const cv::Vec3b& colour, const LayerPixel& pixel, std::uint8_t& alpha, cv::Vec3b& person,
                 cv::Vec3b& plate) {
  alpha = cv::saturate_cast<std::uint8_t>(255 * pixel.alpha);
  const int rest = 255 - alpha;
  for (int c = 0; c < 3; ++c) {
    plate[c] = cv::saturate_cast<std::uint8_t>(255 * pixel.plate[c]);
    const int least = std::max(0, colour[c] - rest);
    const int most = std::min<int>(alpha, colour[c]);
    const int wanted = colour[c] - (rest * plate[c] + 127) / 255;
    person[c] = static_cast<std::uint8_t>(std::clamp(wanted, least, most));
    if (person[c] != wanted) {
      plate[c] = cv::saturate_cast<std::uint8_t>(255.0F * static_cast<float>(colour[c] - person[c]) /
                                                 static_cast<float>(rest));
    }
  }
}

}  // namespace

LayerMaps make_layer_maps(const cv::Mat& picture, const LocalLinearModel& model, const cv::Mat& clean,
                          double cm) {
  cv::Mat alpha = apply(model, picture);
  alpha.forEach<float>([](float& value, const int*) { value = stretched(value); });
  const EdgeColours edge = find_edge_colours(picture, alpha, cm);
  cv::Mat cleanness;
  clean.convertTo(cleanness, CV_32F, 1.0 / 255);
  LayerMaps maps;
  cv::merge(std::vector<cv::Mat>{model.slope, model.offset, edge.person, edge.background,
                                 fill_background(picture, eroded(clean, fringe_cm * cm), cm),
                                 find_plainness(picture, clean, cm), cleanness,
                                 cv::Mat::zeros(picture.size(), CV_32FC1)},
            maps.planes);
  return maps;
}

PhotoLayers split_by_maps(const cv::Mat& photo, const LayerMaps& maps, const cv::Rect& region, Wisps wisps) {
  PhotoLayers layers{region, cv::Mat(region.size(), CV_8UC1), cv::Mat(region.size(), CV_8UC3),
                     cv::Mat(region.size(), CV_8UC3)};
  const RowsAtSize rows_at_size(maps.planes, region.size());
  cv::parallel_for_({0, region.height}, [&](const cv::Range& rows) {
    std::vector<float> between;
    std::vector<float> values(static_cast<std::size_t>(region.width) * LayerMaps::values);
    for (int y = rows.start; y < rows.end; ++y) {
      rows_at_size.read(y, between, values.data());
      const auto* colours = photo.ptr<cv::Vec3b>(region.y + y) + region.x;
      for (int x = 0; x < region.width; ++x) {
        const cv::Vec3f colour(colours[x][0] / 255.0F, colours[x][1] / 255.0F, colours[x][2] / 255.0F);
        const float* here = values.data() + static_cast<std::ptrdiff_t>(x) * LayerMaps::values;
        write_pixel(colours[x], split_pixel(colour, here, wisps), layers.alpha.at<std::uint8_t>(y, x),
                    layers.person.at<cv::Vec3b>(y, x), layers.plate.at<cv::Vec3b>(y, x));
      }
    }
  });
  return layers;
}

}  // namespace reenact
