#include "reenact/layers/split_photo.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "layers/continued_above.h"
#include "layers/layer_maps.h"
#include "layers/masks.h"
#include "layers/matte.h"
#include "layers/neighbours.h"
#include "layers/person_probability.h"
#include "layers/strands.h"
#include "reenact/core/error.h"

namespace reenact {
namespace {

constexpr double region_side = 1.5;  // of the crop's
constexpr double most_pixels_per_cm = 12;
constexpr double most_pixels = 1e6;
constexpr double mesh_margin_cm = 0.6;  // from its outline, within which the mesh may lie on the background,
constexpr double wide_mesh_margin_cm = 2.0;  // also where the network is sure of the background
constexpr double surely_behind = 0.1;
constexpr double least_share_inside = 0.5;  // of the head's mesh that must be person
constexpr double least_background = 0.005;  // of the region
constexpr double head_share = 0.7;  // of the crop, from its top, in which hair hangs free of shoulders
constexpr double clean_alpha = 0.02;
constexpr double clean_margin_cm = 0.3;
constexpr int darkest_picture = 24;    // level that a line of a picture reaches, and one of a bar does not,
constexpr double bar_speckle = 0.01;   // but for this share of its pixels
constexpr int widest_bar_divisor = 4;  // of the photo's side

void require_usable(const cv::Mat& photo, const PhotoHead& head) {
  if (photo.empty() || photo.type() != CV_8UC3) {
    throw InputError("the photo to be taken apart must be an 8-bit colour picture; convert it");
  }
  const bool is_finite =
      std::isfinite(head.crop.left) && std::isfinite(head.crop.top) && std::isfinite(head.crop.side);
  if (!is_finite || head.crop.side <= 0 || !(head.pixels_per_cm > 0) || head.mesh.empty() ||
      head.mesh.type() != CV_8UC1 || head.mesh.rows != head.mesh.cols) {
    throw InputError("the head in the photo has no usable place; choose another photo");
  }
}

bool is_black(const cv::Mat& line) {
  int bright = 0;
  for (int y = 0; y < line.rows; ++y) {
    for (int x = 0; x < line.cols; ++x) {
      const auto& c = line.at<cv::Vec3b>(y, x);
      if (std::max({c[0], c[1], c[2]}) >= darkest_picture) ++bright;
    }
  }
  return bright <= bar_speckle * static_cast<double>(line.total());
}

/// Lines of a bar, and the line beside it, which is blurred. `line` gives the photo's lines from its border
/// inwards.
template <typename Line>
int bar_width(int lines, Line&& line) {
  int width = 0;
  while (width < lines / widest_bar_divisor && is_black(line(width))) ++width;
  return width > 0 ? width + 1 : 0;
}

/// The part of a photo inside of black bars.
cv::Rect inside_bars(const cv::Mat& photo) {
  const int top = bar_width(photo.rows, [&](int i) { return photo.row(i); });
  const int bottom = bar_width(photo.rows, [&](int i) { return photo.row(photo.rows - 1 - i); });
  const int left = bar_width(photo.cols, [&](int i) { return photo.col(i); });
  const int right = bar_width(photo.cols, [&](int i) { return photo.col(photo.cols - 1 - i); });
  return {left, top, photo.cols - left - right, photo.rows - top - bottom};
}

cv::Rect around_head(const cv::Mat& photo, const CropSquare& crop) {
  const double half = 0.5 * region_side * crop.side;
  const double x = crop.left + 0.5 * crop.side;
  const double y = crop.top + 0.5 * crop.side;
  const auto start = [](double position) { return cv::saturate_cast<int>(std::floor(position)); };
  const auto end = [](double position) { return cv::saturate_cast<int>(std::ceil(position)); };
  return cv::Rect(cv::Point(start(x - half), start(y - half)), cv::Point(end(x + half), end(y + half))) &
         inside_bars(photo);
}

/// Whether `part` ends above because the photo does, or a bar begins.
bool is_cut_above(const cv::Rect& part, const CropSquare& crop) {
  return part.y == 0 || part.y > crop.top - 0.5 * (region_side - 1) * crop.side;
}

WorkingGrid working_grid(const cv::Rect& region, double pixels_per_cm) {
  const double scale = std::min(
      {1.0, most_pixels_per_cm / pixels_per_cm, std::sqrt(most_pixels / static_cast<double>(region.area()))});
  return {region,
          {std::max(1, static_cast<int>(std::lround(region.width * scale))),
           std::max(1, static_cast<int>(std::lround(region.height * scale)))}};
}

/// The region in colours of [0, 1] at the grid's pixels.
cv::Mat small_picture(const cv::Mat& photo, const WorkingGrid& grid) {
  cv::Mat picture;
  cv::resize(photo(grid.region), picture, grid.size, 0, 0, cv::INTER_AREA);
  picture.convertTo(picture, CV_32F, 1.0 / 255);
  return picture;
}

/// From the grid's top, above which hair may reach, to the middle of the neck.
cv::Range rows_of_head(const PhotoHead& head, const WorkingGrid& grid) {
  const double end = head.crop.top + head_share * head.crop.side - grid.region.y;
  return {0, cv::saturate_cast<int>(end * grid.pixels_per_photo_pixel())};
}

/// How much of `inner` is covered (CV_32FC1 in [0, 1]).
double share_inside(const cv::Mat& cover, const cv::Mat& inner) {
  const int all = cv::countNonZero(inner);
  return all == 0 ? 0.0 : cv::countNonZero((cover > 0.5) & inner) / static_cast<double>(all);
}

void leave_out_neighbours(const PhotoHead& head, const WorkingGrid& grid, cv::Mat& probability) {
  const Neighbours neighbours(head);
  if (neighbours.none()) return;
  const double scale = 1 / grid.pixels_per_photo_pixel();
  probability.forEach<float>([&](float& value, const int* at) {
    value *= 1 - neighbours.head_at({grid.region.x - 0.5 + (at[1] + 0.5) * scale,
                                     grid.region.y - 0.5 + (at[0] + 0.5) * scale});
  });
}

/// Alpha without slope where it is sure.
void settle(const Trimap& trimap, LocalLinearModel& model) {
  model.slope.setTo(cv::Scalar::all(0), trimap.person | trimap.background);
  model.offset.setTo(1, trimap.person);
  model.offset.setTo(0, trimap.background);
}

SplitPhoto refused(std::string why) { return {std::nullopt, std::move(why)}; }

}  // namespace

SplitPhoto split_photo(const cv::Mat& photo, const PhotoHead& head, const Segmentation& segmentation,
                       SplitRegion region) {
  require_usable(photo, head);
  const cv::Rect part =
      region == SplitRegion::photo ? cv::Rect(cv::Point(0, 0), photo.size()) : around_head(photo, head.crop);
  if (part.empty()) return refused("the head lies outside of the photo");
  const WorkingGrid grid = working_grid(part, head.pixels_per_cm);
  const double cm = head.pixels_per_cm * grid.pixels_per_photo_pixel();
  cv::Mat probability = person_probability(photo, head, segmentation, grid);
  cv::Mat inner = head_without_margin(head, mesh_margin_cm, grid);
  if (share_inside(probability, inner) < least_share_inside) {
    return refused("the segmentation network sees no person where the face is");
  }
  inner &= (probability > surely_behind) | head_without_margin(head, wide_mesh_margin_cm, grid);
  leave_out_neighbours(head, grid, probability);
  probability.setTo(1, inner);
  keep_person(probability, inner, cm);

  const cv::Mat picture = small_picture(photo, grid);
  Trimap trimap = make_trimap(probability, inner, cm);
  trimap.background.setTo(0, strands_before_plain(picture, trimap, rows_of_head(head, grid), cm));
  LocalLinearModel alpha = matte_model(picture, probability, trimap, cm);
  settle(trimap, alpha);
  cv::Mat covered = apply(alpha, picture);
  covered.forEach<float>([](float& value, const int*) { value = stretched(value); });
  const cv::Mat clean = eroded(covered < clean_alpha, clean_margin_cm * cm);
  if (cv::countNonZero(clean) < least_background * static_cast<double>(clean.total())) {
    return refused("the photo shows no background");
  }
  PhotoLayers layers = split_by_maps(photo, make_layer_maps(picture, alpha, clean, cm), part,
                                     region == SplitRegion::photo ? Wisps::of_background : Wisps::of_person);
  if (is_cut_above(part, head.crop)) layers.above = continued_above(layers, head);
  return {std::move(layers), {}};
}

SplitPhoto split_photo(const cv::Mat& photo, const PhotoHead& head, const cv::Mat& alpha) {
  require_usable(photo, head);
  if (alpha.type() != CV_8UC1 || alpha.size() != photo.size()) {
    throw InputError("the alpha of a photo must have the photo's size");
  }
  const WorkingGrid grid = working_grid({{0, 0}, photo.size()}, head.pixels_per_cm);
  cv::Mat cover;
  cv::resize(alpha, cover, grid.size, 0, 0, cv::INTER_AREA);
  cover.convertTo(cover, CV_32F, 1.0 / 255);
  if (share_inside(cover, head_without_margin(head, mesh_margin_cm, grid)) < least_share_inside) {
    return refused("the photo's own alpha hides the face");
  }
  PhotoLayers layers{grid.region, alpha.clone(), photo.clone(),
                     cv::Mat(photo.size(), CV_8UC3, cv::Scalar::all(255))};
  for (int y = 0; y < photo.rows; ++y) {
    for (int x = 0; x < photo.cols; ++x) {
      auto& person = layers.person.at<cv::Vec3b>(y, x);
      const int white = 255 - alpha.at<std::uint8_t>(y, x);
      for (int c = 0; c < 3; ++c) person[c] = cv::saturate_cast<std::uint8_t>(person[c] - white);
    }
  }
  layers.above = continued_above(layers, head);
  return {std::move(layers), {}};
}

}  // namespace reenact
