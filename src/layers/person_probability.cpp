#include "layers/person_probability.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "layers/masks.h"
#include "reenact/core/smoothstep.h"

namespace reenact {
namespace {

constexpr double neighbour_cm = 0.6;  // from the person, where a probability belongs to it
constexpr double largest_hole_cm2 = 1.0;
constexpr double close_up_side = 1.45;  // of the crop's
constexpr double close_up_down = 0.05;  // of the crop's side, from its middle
constexpr double close_up_share = 0.7;  // of the photo, above which it says nothing new
constexpr float fade_share = 0.12F;     // of the close-up, over which it fades into the photo's

constexpr float sure = 0.9F;
constexpr double unsure_from_cm = 1.0;  // from the sure person, from where on an unsure probability fades
constexpr double unsure_to_cm = 2.0;
constexpr double least_sure_cm2 = 40;  // of a part beside the person, such as a hat behind a band

/// The picture's values at the grid's pixels.
cv::Mat on_grid(const cv::Mat& picture, const cv::Rect2d& place, const WorkingGrid& grid) {
  cv::Mat result;
  const cv::Matx23d map = grid.map_to(place.x, place.y, place.width, place.height, picture.size());
  cv::warpAffine(picture, result, map, grid.size, cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                 cv::BORDER_REPLICATE);
  return result;
}

/// How much a close-up counts along one direction, at pixels of its map: it fades towards those ends that are
/// not the photo's.
std::vector<float> fade(int count, bool at_start, bool at_end) {
  std::vector<float> weight(static_cast<std::size_t>(count), 1.0F);
  const float reach = fade_share * static_cast<float>(count);
  for (int i = 0; i < count; ++i) {
    if (!at_start) weight[static_cast<std::size_t>(i)] *= smoothstep((static_cast<float>(i) + 0.5F) / reach);
    if (!at_end)
      weight[static_cast<std::size_t>(i)] *= smoothstep((static_cast<float>(count - i) - 0.5F) / reach);
  }
  return weight;
}

cv::Rect close_up(const cv::Size& photo, const CropSquare& crop) {
  const double x = crop.left + 0.5 * crop.side;
  const double y = crop.top + (0.5 + close_up_down) * crop.side;
  const double half = 0.5 * close_up_side * crop.side;
  const cv::Rect square(cv::Point(cv::saturate_cast<int>(x - half), cv::saturate_cast<int>(y - half)),
                        cv::Point(cv::saturate_cast<int>(x + half), cv::saturate_cast<int>(y + half)));
  return square & cv::Rect(cv::Point(0, 0), photo);
}

cv::Rect2d place_of(const cv::Rect& part) {
  return {part.x - 0.5, part.y - 0.5, static_cast<double>(part.width), static_cast<double>(part.height)};
}

/// Blends what a close-up says into `probability`.
void look_closer(const cv::Mat& seen, const cv::Rect& part, const cv::Size& photo, const WorkingGrid& grid,
                 cv::Mat& probability) {
  const auto across = fade(seen.cols, part.x == 0, part.br().x == photo.width);
  const auto down = fade(seen.rows, part.y == 0, part.br().y == photo.height);
  cv::Mat with_weight(seen.size(), CV_32FC2);
  for (int y = 0; y < seen.rows; ++y) {
    for (int x = 0; x < seen.cols; ++x) {
      const float weight = across[static_cast<std::size_t>(x)] * down[static_cast<std::size_t>(y)];
      with_weight.at<cv::Vec2f>(y, x) = {seen.at<float>(y, x), weight};
    }
  }
  with_weight = on_grid(with_weight, place_of(part), grid);
  const cv::Rect2d place = place_of(part);
  const double step = 1.0 / grid.pixels_per_photo_pixel();
  for (int y = 0; y < grid.size.height; ++y) {
    for (int x = 0; x < grid.size.width; ++x) {
      const cv::Point2d position(grid.region.x + (x + 0.5) * step - 0.5,
                                 grid.region.y + (y + 0.5) * step - 0.5);
      if (!place.contains(position)) continue;
      const auto& value = with_weight.at<cv::Vec2f>(y, x);
      float& mixed = probability.at<float>(y, x);
      mixed += value[1] * (value[0] - mixed);
    }
  }
}

/// The label, of `count` and not 0, that most of `inner` has.
int label_of(const cv::Mat& labels, int count, const cv::Mat& inner) {
  std::vector<int> votes(static_cast<std::size_t>(count));
  for (int y = 0; y < labels.rows; ++y) {
    for (int x = 0; x < labels.cols; ++x) {
      if (inner.at<std::uint8_t>(y, x) != 0) ++votes[static_cast<std::size_t>(labels.at<int>(y, x))];
    }
  }
  votes[0] = 0;
  return static_cast<int>(std::max_element(votes.begin(), votes.end()) - votes.begin());
}

/// Where a probability is sure, but for small islands beside the person.
cv::Mat sure_part(const cv::Mat& probability, const cv::Mat& inner, double cm) {
  cv::Mat labels;
  cv::Mat stats;
  cv::Mat centres;
  const int count = cv::connectedComponentsWithStats(probability >= sure, labels, stats, centres, 8, CV_32S);
  const int person = label_of(labels, count, inner);
  cv::Mat part = labels != 0;
  for (int label = 1; label < count; ++label) {
    if (label == person || stats.at<int>(label, cv::CC_STAT_AREA) >= least_sure_cm2 * cm * cm) continue;
    const cv::Rect box(stats.at<int>(label, cv::CC_STAT_LEFT), stats.at<int>(label, cv::CC_STAT_TOP),
                       stats.at<int>(label, cv::CC_STAT_WIDTH), stats.at<int>(label, cv::CC_STAT_HEIGHT));
    part(box).setTo(0, labels(box) == label);
  }
  return part;
}

/// A probability far from what is surely person belongs to something else that looks like one.
void fade_unsure(const cv::Mat& sure_person, double cm, cv::Mat& probability) {
  cv::Mat distance;
  cv::distanceTransform(~sure_person, distance, cv::DIST_L2, cv::DIST_MASK_5);
  probability.forEach<float>([&](float& value, const int* at) {
    if (value == 0) return;
    const double away = distance.at<float>(at[0], at[1]) / cm - unsure_from_cm;
    value *= 1 - smoothstep(static_cast<float>(away / (unsure_to_cm - unsure_from_cm)));
  });
}

}  // namespace

cv::Matx23d WorkingGrid::map_to(double left, double top, double width, double height,
                                cv::Size picture) const {
  const double across = static_cast<double>(region.width) / size.width * picture.width / width;
  const double down = static_cast<double>(region.height) / size.height * picture.height / height;
  return {across, 0,    (region.x - 0.5 - left) * picture.width / width + 0.5 * across - 0.5,
          0,      down, (region.y - 0.5 - top) * picture.height / height + 0.5 * down - 0.5};
}

cv::Mat head_without_margin(const PhotoHead& head, double margin_cm, const WorkingGrid& grid) {
  const double cm = head.pixels_per_cm * head.mesh.cols / head.crop.side;
  // The mesh ends at the crop's border, so that nothing beyond it belongs to the head.
  cv::Mat framed;
  cv::copyMakeBorder(head.mesh > 0, framed, 1, 1, 1, 1, cv::BORDER_CONSTANT, cv::Scalar(0));
  const cv::Mat inner = eroded(framed, margin_cm * cm);
  const double pixel = head.crop.side / head.mesh.cols;
  const cv::Rect2d place(head.crop.left - pixel, head.crop.top - pixel, head.crop.side + 2 * pixel,
                         head.crop.side + 2 * pixel);
  return on_grid(inner, place, grid) > 127;
}

cv::Mat person_probability(const cv::Mat& photo, const PhotoHead& head, const Segmentation& segmentation,
                           const WorkingGrid& grid) {
  cv::Mat probability = on_grid(segmentation(photo), place_of({{0, 0}, photo.size()}), grid);
  const cv::Rect part = close_up(photo.size(), head.crop);
  if (part.area() > 0 && part.area() < close_up_share * static_cast<double>(photo.total())) {
    look_closer(segmentation(photo(part)), part, photo.size(), grid, probability);
  }
  return probability;
}

void keep_person(cv::Mat& probability, const cv::Mat& inner, double cm) {
  constexpr float person = 0.5F;
  cv::Mat labels;
  const int count = cv::connectedComponents(probability > person, labels, 8, CV_32S);
  const int chosen = label_of(labels, count, inner);
  const cv::Mat kept = labels == chosen;
  probability.setTo(0, ~dilated(kept, neighbour_cm * cm));
  probability.setTo(0, (labels != chosen) & (labels != 0));
  fade_unsure(sure_part(probability, inner, cm), cm, probability);

  cv::Mat stats;
  cv::Mat centres;
  const int holes = cv::connectedComponentsWithStats(~kept, labels, stats, centres, 4, CV_32S);
  for (int hole = 1; hole < holes; ++hole) {
    const cv::Rect box(stats.at<int>(hole, cv::CC_STAT_LEFT), stats.at<int>(hole, cv::CC_STAT_TOP),
                       stats.at<int>(hole, cv::CC_STAT_WIDTH), stats.at<int>(hole, cv::CC_STAT_HEIGHT));
    const bool is_inside = box.x > 0 && box.y > 0 && box.br().x < labels.cols && box.br().y < labels.rows;
    if (is_inside && stats.at<int>(hole, cv::CC_STAT_AREA) < largest_hole_cm2 * cm * cm) {
      probability(box).setTo(1, labels(box) == hole);
    }
  }
}

}  // namespace reenact
