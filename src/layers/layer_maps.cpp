#include "layers/layer_maps.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "layers/background_fill.h"
#include "layers/box_mean.h"
#include "layers/colour_moments.h"
#include "layers/matte.h"
#include "layers/rows_at_size.h"
#include "layers/runs.h"
#include "layers/window_sums.h"
#include "reenact/core/smoothstep.h"
#include "reenact/layers/photo_grain.h"

namespace reenact {
namespace {

constexpr double wide_radius_cm = 0.9;     // of the first estimate of both sides' colours
constexpr double narrow_radius_cm = 0.25;  // of the second
constexpr double plain_radius_cm = 1.5;
constexpr float busy_variance = 0.006F;
constexpr float kept_alpha = 0.3F;      // from where on what is unexplained begins to be the person's
constexpr float busy_limit = 0.08F;     // of what the person gets unexplained before a busy background
constexpr float noise = 2.0F / 255.0F;  // of the photo, for which alpha is not raised

int pixels(double cm, double length_cm, int least) {
  return std::max(least, static_cast<int>(std::lround(length_cm * cm)));
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

/// Of each square of `step` pixels a side the means of weight·colour and of the weight, CV_32FC4.
cv::Mat weighted_colours(const cv::Mat& picture, const cv::Mat& weight, int step) {
  cv::Mat means((picture.rows + step - 1) / step, (picture.cols + step - 1) / step, CV_32FC4);
  for (int y = 0; y < means.rows; ++y) {
    for (int x = 0; x < means.cols; ++x) {
      const cv::Rect square = cv::Rect(x * step, y * step, step, step) & cv::Rect({0, 0}, picture.size());
      cv::Vec4f sum = cv::Vec4f::all(0);
      for (int i = square.y; i < square.br().y; ++i) {
        const auto* colours = picture.ptr<cv::Vec3f>(i);
        const auto* weights = weight.ptr<float>(i);
        for (int j = square.x; j < square.br().x; ++j) {
          sum += weights[j] * cv::Vec4f(colours[j][0], colours[j][1], colours[j][2], 1);
        }
      }
      means.at<cv::Vec4f>(y, x) = sum * (1 / static_cast<float>(square.area()));
    }
  }
  return means;
}

/// The same over windows of 2·radius + 1 pixels, at every pixel.
cv::Mat weighted_colours_near(const cv::Mat& picture, const cv::Mat& weight, int radius) {
  const int step = coarse_step(radius);
  cv::Mat result;
  cv::resize(box_mean(weighted_colours(picture, weight, step), radius / step), result, picture.size(), 0, 0,
             cv::INTER_LINEAR);
  return result;
}

cv::Vec3f colour_of(const float* weighted) { return cv::Vec3f(weighted) * (1 / (weighted[3] + 1e-5F)); }

void write_weighted(const cv::Vec3f& colour, float weight, float* out) {
  for (int c = 0; c < 3; ++c) out[c] = weight * colour[c];
  out[3] = weight;
}

/// Writes mean colours of person and background to the pixels of `edge` where `needed` holds (Forte 2021,
/// "blur fusion" twice).
void write_edge_colours(const cv::Mat& picture, const cv::Mat& alpha, const cv::Mat& needed, double cm,
                        cv::Mat& edge) {
  const int wide = pixels(cm, wide_radius_cm, 2);
  const cv::Mat person = weighted_colours_near(picture, alpha, wide);
  const cv::Mat background = weighted_colours_near(picture, 1.0 - alpha, wide);
  sum_windows(
      needed, pixels(cm, narrow_radius_cm, 1), 8,
      [&](int y, int x, float* out) {
        const float a = alpha.at<float>(y, x);
        const cv::Vec3f behind = colour_of(background.at<cv::Vec4f>(y, x).val);
        const cv::Vec3f own = colour_of(person.at<cv::Vec4f>(y, x).val);
        write_weighted(colour_of_person(picture.at<cv::Vec3f>(y, x), a, own, behind), a, out);
        write_weighted(behind, 1 - a, out + 4);
      },
      [&](int y, int x, const float* sums, int pixels) {
        const auto mean = [&](const float* sum) {
          const float share = 1 / static_cast<float>(pixels);
          return colour_of((cv::Vec4f(sum) * share).val);
        };
        float* values = edge.ptr<float>(y, x);
        const cv::Vec3f of_person = mean(sums);
        const cv::Vec3f of_background = mean(sums + 4);
        std::copy(of_person.val, of_person.val + 3, values + LayerMaps::person_colour);
        std::copy(of_background.val, of_background.val + 3, values + LayerMaps::background_colour);
      });
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
LayerPixel split_pixel(const cv::Vec3f& colour, const float* maps, const cv::Vec3f& fill, Wisps wisps) {
  const auto three = [&](int value) { return cv::Vec3f(maps + value); };
  const float alpha = stretched(three(LayerMaps::alpha_slope).dot(colour) + maps[LayerMaps::alpha_offset]);
  const float clean = maps[LayerMaps::cleanness];
  const cv::Vec3f behind = clean * colour + (1 - clean) * fill;
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

/// What is sure of each pixel: the model has no slope there.
cv::Mat find_sure(const LocalLinearModel& model, const cv::Mat& clean) {
  cv::Mat sure(clean.size(), CV_8UC1);
  for (int y = 0; y < sure.rows; ++y) {
    for (int x = 0; x < sure.cols; ++x) {
      const float offset = model.offset.at<float>(y, x);
      const bool is_sure = model.slope.at<cv::Vec3f>(y, x) == cv::Vec3f(0, 0, 0);
      const bool is_background = is_sure && offset == 0 && clean.at<std::uint8_t>(y, x) != 0;
      sure.at<std::uint8_t>(y, x) = is_background            ? LayerMaps::background
                                    : is_sure && offset == 1 ? LayerMaps::person
                                                             : LayerMaps::nothing;
    }
  }
  return sure;
}

/// Pixels of which nothing is sure, and those beside something else than themselves.
cv::Mat at_edges(const cv::Mat& sure) {
  cv::Mat least;
  cv::Mat most;
  cv::erode(sure, least, {});
  cv::dilate(sure, most, {});
  return (sure == LayerMaps::nothing) | (least != most);
}

/// Columns of one kind from `first` on.
cv::Range same_kind(const std::vector<std::uint8_t>& kinds, int first) {
  const auto begin = kinds.begin() + first;
  const auto end = std::find_if(begin, kinds.end(), [&](std::uint8_t kind) { return kind != *begin; });
  return {first, static_cast<int>(end - kinds.begin())};
}

}  // namespace

LayerMaps make_layer_maps(const cv::Mat& picture, const LocalLinearModel& model, const cv::Mat& clean,
                          double cm) {
  cv::Mat alpha = apply(model, picture);
  alpha.forEach<float>([](float& value, const int*) { value = stretched(value); });
  LayerMaps maps;
  maps.sure = find_sure(model, clean);
  maps.fill = fill_background(picture, clean, cm);
  maps.edge.create(picture.size(), CV_32FC(LayerMaps::values));
  const cv::Mat needed = at_edges(maps.sure);
  write_edge_colours(picture, alpha, needed, cm, maps.edge);
  const cv::Mat plainness = find_plainness(picture, clean, cm);
  for (int y = 0; y < picture.rows; ++y) {
    for (const cv::Range& run : runs(needed, y)) {
      for (int x = run.start; x < run.end; ++x) {
        float* values = maps.edge.ptr<float>(y, x);
        const auto& slope = model.slope.at<cv::Vec3f>(y, x);
        std::copy(slope.val, slope.val + 3, values + LayerMaps::alpha_slope);
        values[LayerMaps::alpha_offset] = model.offset.at<float>(y, x);
        values[LayerMaps::plainness] = plainness.at<float>(y, x);
        values[LayerMaps::cleanness] = clean.at<std::uint8_t>(y, x) != 0 ? 1.0F : 0.0F;
      }
    }
  }
  return maps;
}

PhotoLayers split_by_maps(const cv::Mat& photo, const LayerMaps& maps, const cv::Rect& region, Wisps wisps) {
  PhotoLayers layers{region,
                     cv::Mat(region.size(), CV_8UC1),
                     cv::Mat(region.size(), CV_8UC3),
                     cv::Mat(region.size(), CV_8UC3),
                     {}};
  const RowsAtSize at_size(maps.sure.size(), region.size());
  const PhotoGrain grain = plate_grain(photo(region), maps.sure == LayerMaps::background);
  cv::parallel_for_({0, region.height}, [&](const cv::Range& rows) {
    std::vector<std::uint8_t> kinds;
    std::vector<float> between;
    std::vector<float> edge(static_cast<std::size_t>(region.width) * LayerMaps::values);
    std::vector<cv::Vec3f> fill(static_cast<std::size_t>(region.width));
    for (int y = rows.start; y < rows.end; ++y) {
      const auto* colours = photo.ptr<cv::Vec3b>(region.y + y) + region.x;
      auto* alpha = layers.alpha.ptr<std::uint8_t>(y);
      auto* person = layers.person.ptr<cv::Vec3b>(y);
      auto* plate = layers.plate.ptr<cv::Vec3b>(y);
      at_size.read_labels(maps.sure, y, kinds);
      for (cv::Range run(0, 0); run.end < region.width;) {
        run = same_kind(kinds, run.end);
        const std::uint8_t kind = kinds[static_cast<std::size_t>(run.start)];
        if (kind == LayerMaps::background) {
          std::fill(alpha + run.start, alpha + run.end, std::uint8_t{0});
          std::fill(person + run.start, person + run.end, cv::Vec3b(0, 0, 0));
          std::copy(colours + run.start, colours + run.end, plate + run.start);
          continue;
        }
        at_size.read(maps.fill, y, run, between, fill[0].val);
        if (kind == LayerMaps::person) {
          std::fill(alpha + run.start, alpha + run.end, std::uint8_t{255});
          std::copy(colours + run.start, colours + run.end, person + run.start);
          for (int x = run.start; x < run.end; ++x) {
            plate[x] = cv::Vec3b(255 * fill[static_cast<std::size_t>(x - run.start)] + grain.at(x, y));
          }
          continue;
        }
        at_size.read(maps.edge, y, run, between, edge.data());
        for (int x = run.start; x < run.end; ++x) {
          const auto place = static_cast<std::size_t>(x - run.start);
          const cv::Vec3f colour(colours[x][0] / 255.0F, colours[x][1] / 255.0F, colours[x][2] / 255.0F);
          const float* values = &edge[place * LayerMaps::values];
          LayerPixel pixel = split_pixel(colour, values, fill[place], wisps);
          pixel.plate += pixel.alpha * (1 - values[LayerMaps::cleanness]) / 255 * grain.at(x, y);
          write_pixel(colours[x], pixel, alpha[x], person[x], plate[x]);
        }
      }
    }
  });
  return layers;
}

}  // namespace reenact
