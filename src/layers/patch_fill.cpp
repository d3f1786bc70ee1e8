#include "layers/patch_fill.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "layers/pull_push.h"

namespace reenact {
namespace {

constexpr double finest_pixels_per_cm = 8;
constexpr double coarsest_pixels_per_cm = 2;  // a patch of more than 3.5 cm finds no thin thing
constexpr int most_levels = 3;
constexpr std::array<int, most_levels> rounds = {1, 4, 12};  // of search and vote, finest level first
constexpr int finest_reach = 8;                              // pixels, of a search that only refines
constexpr int radius = 3;                                    // of a patch
constexpr int side = 2 * radius + 1;
constexpr float least_known = 0.6F;    // of a coarse pixel that counts as known
constexpr float cost_of_cm2 = 4e-5F;   // of a patch's way, as a mean squared difference of colours
constexpr float fading_depth_cm = 1;   // over which patches inside of the hole come to count for less
constexpr float least_weight = 1e-3F;  // of the innermost
constexpr double joined_cm = 0.2;      // standard deviation, of the difference beside the hole
constexpr float joined_depth_cm = 5;   // over which what was put together comes to be itself
constexpr double grain_cm = 0.2;       // standard deviation; what is finer is grain

/// A picture and its hole at one scale. A patch is named by its middle; targets are the patches that reach
/// into the hole, sources those that do not.
struct Level {
  double cm = 0;                   ///< in pixels
  int reach = 0;                   ///< pixels, of the search
  cv::Mat known;                   ///< CV_8UC1
  cv::Mat is_source;               ///< CV_8UC1
  cv::Mat is_target;               ///< CV_8UC1
  std::vector<cv::Point> sources;  ///< row by row
  std::vector<cv::Point> targets;  ///< row by row
  cv::Mat depth_cm;                ///< CV_32FC1, from what is known
  cv::Mat padded;                  ///< CV_32FC4, colour and 1, the border repeated for `radius` pixels
  cv::Mat source_of;               ///< CV_32SC2, of each target
};

cv::Mat resized(const cv::Mat& picture, cv::Size size) {
  cv::Mat result;
  cv::resize(picture, result, size, 0, 0, picture.cols > size.width ? cv::INTER_AREA : cv::INTER_LINEAR);
  return result;
}

cv::Mat with_ones(const cv::Mat& picture) {
  cv::Mat result;
  cv::merge(std::vector<cv::Mat>{picture, cv::Mat(picture.size(), CV_32FC1, cv::Scalar(1))}, result);
  return result;
}

/// Weighted means without their weights.
cv::Mat colours_of(const cv::Mat& weighted) {
  cv::Mat colours(weighted.size(), CV_32FC3);
  cv::mixChannels(std::vector<cv::Mat>{weighted}, std::vector<cv::Mat>{colours}, {0, 0, 1, 1, 2, 2});
  return colours;
}

void divide_by_weight(cv::Mat& weighted) {
  weighted.forEach<cv::Vec4f>([](cv::Vec4f& value, const int*) {
    if (value[3] > 0) value *= 1 / value[3];
  });
}

cv::Mat known_colours(const cv::Mat& picture, const cv::Mat& clean, cv::Size size) {
  cv::Mat weighted = with_ones(picture);
  weighted.setTo(cv::Scalar::all(0), ~clean);
  weighted = resized(weighted, size);
  divide_by_weight(weighted);
  return colours_of(weighted);
}

Level make_level(const cv::Mat& clean, cv::Size size, double cm) {
  Level level;
  level.cm = cm;
  level.reach = std::max(size.width, size.height);
  cv::Mat share;
  clean.convertTo(share, CV_32F, 1.0 / 255);
  level.known = resized(share, size) > least_known;
  const cv::Mat square(side, side, CV_8UC1, cv::Scalar(1));
  cv::erode(level.known, level.is_source, square, {-1, -1}, 1, cv::BORDER_CONSTANT, cv::Scalar(0));
  const cv::Mat hole = ~level.known;
  cv::dilate(hole, level.is_target, square);
  cv::findNonZero(level.is_source, level.sources);
  cv::findNonZero(level.is_target, level.targets);
  cv::distanceTransform(hole, level.depth_cm, cv::DIST_L2, cv::DIST_MASK_5);
  level.depth_cm /= cm;
  level.source_of.create(size, CV_32SC2);
  return level;
}

void show(const cv::Mat& colours, Level& level) {
  cv::copyMakeBorder(with_ones(colours), level.padded, radius, radius, radius, radius, cv::BORDER_REPLICATE);
}

bool holds(const cv::Mat& mask, const cv::Point& place) {
  return cv::Rect({0, 0}, mask.size()).contains(place) && mask.at<std::uint8_t>(place) != 0;
}

/// The pixels of a patch's row, four values each.
const float* patch_row(const Level& level, const cv::Point& middle, int row) {
  return level.padded.ptr<float>(middle.y + row, middle.x);
}

/// How little a source suits a target. It is not worked out further than to `limit`.
float cost(const Level& level, const cv::Point& target, const cv::Point& source, float limit) {
  const cv::Point way = source - target;
  float sum = cost_of_cm2 * static_cast<float>(way.ddot(way) / (level.cm * level.cm));
  for (int row = 0; row < side && sum < limit; ++row) {
    const float* a = patch_row(level, target, row);
    const float* b = patch_row(level, source, row);
    std::array<float, 4> squares{};
    for (std::size_t i = 0; i < 4 * side; i += 4) {
      for (std::size_t c = 0; c < 4; ++c) squares[c] += (a[i + c] - b[i + c]) * (a[i + c] - b[i + c]);
    }
    sum += (squares[0] + squares[1] + squares[2]) / (3 * side * side);
  }
  return sum;
}

void begin_anywhere(Level& level, cv::RNG& random) {
  for (const cv::Point& target : level.targets) {
    const int index = random.uniform(0, static_cast<int>(level.sources.size()));
    level.source_of.at<cv::Point>(target) = level.sources[static_cast<std::size_t>(index)];
  }
}

/// Begins with what was found on the coarser level.
void begin_from(const Level& coarser, Level& level) {
  const double x_ratio = level.known.cols / static_cast<double>(coarser.known.cols);
  const double y_ratio = level.known.rows / static_cast<double>(coarser.known.rows);
  for (const cv::Point& target : level.targets) {
    const cv::Point from(static_cast<int>(target.x / x_ratio), static_cast<int>(target.y / y_ratio));
    if (!holds(coarser.is_target, from)) continue;
    const cv::Point way = coarser.source_of.at<cv::Point>(from) - from;
    const cv::Point source = target + cv::Point(static_cast<int>(std::lround(way.x * x_ratio)),
                                                static_cast<int>(std::lround(way.y * y_ratio)));
    if (holds(level.is_source, source)) level.source_of.at<cv::Point>(target) = source;
  }
}

/// One pass of PatchMatch: each target tries what goes on its neighbours' sources, and places chosen by
/// chance ever nearer to the best. Returns the costs.
std::vector<float> search(Level& level, bool backwards, cv::RNG& random) {
  const int step = backwards ? 1 : -1;
  std::vector<float> costs(level.targets.size());
  for (std::size_t k = 0; k < level.targets.size(); ++k) {
    const std::size_t index = backwards ? level.targets.size() - 1 - k : k;
    const cv::Point target = level.targets[index];
    auto& best = level.source_of.at<cv::Point>(target);
    float& least = costs[index];
    least = cost(level, target, best, std::numeric_limits<float>::max());
    const auto consider = [&](const cv::Point& source) {
      if (source == best || !holds(level.is_source, source)) return;
      const float value = cost(level, target, source, least);
      if (value >= least) return;
      least = value;
      best = source;
    };
    for (const cv::Point way : {cv::Point(step, 0), cv::Point(0, step)}) {
      if (holds(level.is_target, target + way)) consider(level.source_of.at<cv::Point>(target + way) - way);
    }
    for (int reach = level.reach; reach > 0; reach /= 2) {
      const int x = random.uniform(-reach, reach + 1);
      const int y = random.uniform(-reach, reach + 1);
      consider(best + cv::Point(x, y));
    }
  }
  return costs;
}

/// How much each target has to say: more near what is known, and where its source suits it.
std::vector<float> weights(const Level& level, const std::vector<float>& costs) {
  std::vector<float> sorted = costs;
  const auto usual = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() * 3 / 4);
  std::nth_element(sorted.begin(), usual, sorted.end());
  const float scale = 1 / (2 * (*usual + 1e-6F));
  std::vector<float> result(costs.size());
  for (std::size_t i = 0; i < costs.size(); ++i) {
    const float depth = level.depth_cm.at<float>(level.targets[i]);
    result[i] = (std::exp(-depth / fading_depth_cm) + least_weight) * std::exp(-costs[i] * scale);
  }
  return result;
}

/// The mean of what the sources of all patches over a pixel show there.
cv::Mat vote(const Level& level, const std::vector<float>& weights) {
  cv::Mat sums = cv::Mat::zeros(level.padded.size(), CV_32FC4);
  for (std::size_t i = 0; i < level.targets.size(); ++i) {
    const cv::Point target = level.targets[i];
    const cv::Point source = level.source_of.at<cv::Point>(target);
    for (int row = 0; row < side; ++row) {
      const float* from = patch_row(level, source, row);
      auto* to = sums.ptr<float>(target.y + row, target.x);
      for (int j = 0; j < 4 * side; ++j) to[j] += weights[i] * from[j];
    }
  }
  cv::Mat means = sums(cv::Rect({radius, radius}, level.known.size()));
  divide_by_weight(means);
  return colours_of(means);
}

cv::Mat blurred(const cv::Mat& picture, double sigma) {
  cv::Mat result;
  cv::GaussianBlur(picture, result, {0, 0}, sigma);
  return result;
}

/// Shifts what was put together so that it goes on from what is known without a step: the difference beside
/// the hole, without its grain, is continued smoothly into it and fades there.
void join(const cv::Mat& known, const Level& level, cv::Mat& filled) {
  const cv::Mat beside = level.is_target & level.known;
  if (cv::countNonZero(beside) == 0) return;
  cv::Mat step = with_ones(known - filled);
  step.setTo(cv::Scalar::all(0), ~beside);
  step = blurred(step, std::max(joined_cm * level.cm, 0.5));
  divide_by_weight(step);
  cv::Mat correction = pull_push(colours_of(step), beside);
  correction.forEach<cv::Vec3f>([&](cv::Vec3f& value, const int* at) {
    value *= std::exp(-level.depth_cm.at<float>(at) / joined_depth_cm);
  });
  filled += correction;
  cv::max(filled, 0, filled);
  cv::min(filled, 1, filled);
}

/// Replaces the grain of what is filled, which means have lost, by that of the sources.
void take_grain(const cv::Mat& picture, const cv::Mat& clean, double cm, const Level& level,
                cv::Mat& filled) {
  const double sigma = std::max(grain_cm * cm, 0.5);
  cv::Mat weighted = with_ones(picture);
  weighted.setTo(cv::Scalar::all(0), ~clean);
  weighted = blurred(weighted, sigma);
  divide_by_weight(weighted);
  const cv::Mat grain = picture - colours_of(weighted);
  const cv::Mat smooth = blurred(filled, sigma);
  const double x_ratio = picture.cols / static_cast<double>(level.known.cols);
  const double y_ratio = picture.rows / static_cast<double>(level.known.rows);
  filled.forEach<cv::Vec3f>([&](cv::Vec3f& pixel, const int* at) {
    const cv::Point target(static_cast<int>(at[1] / x_ratio), static_cast<int>(at[0] / y_ratio));
    if (clean.at<std::uint8_t>(at) != 0 || !holds(level.is_target, target)) return;
    const cv::Point way = level.source_of.at<cv::Point>(target) - target;
    const cv::Point source(at[1] + cvRound(way.x * x_ratio), at[0] + cvRound(way.y * y_ratio));
    if (!holds(clean, source)) return;
    pixel = smooth.at<cv::Vec3f>(at) + grain.at<cv::Vec3f>(source);
    for (int c = 0; c < 3; ++c) pixel[c] = std::clamp(pixel[c], 0.0F, 1.0F);
  });
}

}  // namespace

cv::Mat fill_by_patches(const cv::Mat& picture, const cv::Mat& clean, const cv::Mat& first_guess, double cm) {
  const double finest = std::min(1.0, finest_pixels_per_cm / cm);
  const int levels = std::clamp(
      1 + static_cast<int>(std::lround(std::log2(finest * cm / coarsest_pixels_per_cm))), 1, most_levels);
  cv::RNG random(1);
  cv::Mat filled = first_guess;
  Level coarser;
  for (int i = levels - 1; i >= 0; --i) {
    const double scale = finest / (1 << i);
    const cv::Size size(std::max(1, static_cast<int>(std::lround(picture.cols * scale))),
                        std::max(1, static_cast<int>(std::lround(picture.rows * scale))));
    Level level = make_level(clean, size, cm * scale);
    if (level.targets.empty() || level.sources.empty()) continue;
    const cv::Mat known = known_colours(picture, clean, size);
    filled = resized(filled, size);
    known.copyTo(filled, level.known);
    show(filled, level);
    begin_anywhere(level, random);
    if (!coarser.targets.empty()) {
      begin_from(coarser, level);
      if (i == 0) level.reach = finest_reach;
    }
    for (int round = 0; round < rounds[static_cast<std::size_t>(i + most_levels - levels)]; ++round) {
      const std::vector<float> costs = search(level, round % 2 == 1, random);
      filled = vote(level, weights(level, costs));
      if (i == 0) join(known, level, filled);
      known.copyTo(filled, level.known);
      show(filled, level);
    }
    coarser = std::move(level);
  }
  cv::Mat result = resized(filled, picture.size());
  picture.copyTo(result, clean);
  if (!coarser.targets.empty()) take_grain(picture, clean, cm, coarser, result);
  return result;
}

}  // namespace reenact
