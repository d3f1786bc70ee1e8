#include "reenact/compose/compositor.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <string>

#include "reenact/core/error.h"

namespace reenact {
namespace {

constexpr double ramp_share = 1.0 / 25.0;  // of the crop's side
constexpr int subpixel_bits = cv::INTER_BITS;
constexpr int subpixels = 1 << subpixel_bits;

constexpr int largest_place = std::numeric_limits<short>::max();  // of cv::remap
constexpr float farthest = static_cast<float>(largest_place) * subpixels;

enum Plane { flow_x, flow_y, weight, red, green, blue, planes };

const float* plane_of(const GeneratedFrame& frame, int plane) {
  const std::size_t pixels = static_cast<std::size_t>(frame.size) * static_cast<std::size_t>(frame.size);
  if (plane < weight) return frame.flow.data() + static_cast<std::size_t>(plane) * pixels;
  if (plane == weight) return frame.weight.data();
  return frame.colour.data() + static_cast<std::size_t>(plane - red) * pixels;
}

bool finite(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

void require_usable(const GeneratedFrame& frame) {
  const auto side = static_cast<std::size_t>(std::max(frame.size, 0));
  const std::size_t pixels = side * side;
  if (pixels == 0 || frame.flow.size() != 2 * pixels || frame.weight.size() != pixels ||
      frame.colour.size() != 3 * pixels) {
    throw ModelError("a generated frame of size " + std::to_string(frame.size) +
                     " has planes of another size; use another model");
  }
  if (!finite(frame.flow) || !finite(frame.weight) || !finite(frame.colour)) {
    throw ModelError("a generated frame holds numbers that are not finite; use another model");
  }
}

/// std::clamp by value, which loops can be vectorised with.
template <typename Number>
Number clamped(Number value, Number low, Number high) {
  const Number raised = value < low ? low : value;
  return raised > high ? high : raised;
}

int rounded(float value) { return static_cast<int>(std::floor(value + 0.5F)); }

double smoothstep(double t) {
  t = std::clamp(t, 0.0, 1.0);
  return t * t * (3.0 - 2.0 * t);
}

/// First and one-past-last pixel of [0, count) whose centre lies in [start, start + side).
std::pair<int, int> pixels_between(double start, double side, int count) {
  const auto clip = [&](double position) {
    return static_cast<int>(std::clamp(std::ceil(position), 0.0, static_cast<double>(count)));
  };
  return {clip(start), clip(start + side)};
}

}  // namespace

Compositor::Compositor(cv::Mat photo, const CropSquare& crop) : photo_(std::move(photo)), crop_(crop) {
  if (photo_.empty() || photo_.type() != CV_8UC3 || photo_.cols >= largest_place ||
      photo_.rows >= largest_place) {
    throw InputError("the photo must be an 8-bit colour picture of 1 to " +
                     std::to_string(largest_place - 1) + " pixels a side; convert or shrink it");
  }
  if (!std::isfinite(crop.left) || !std::isfinite(crop.top) || !std::isfinite(crop.side) || crop.side <= 0) {
    throw InputError("the crop of the photo must be finite and its side positive; choose another crop");
  }
  const auto [left, right] = pixels_between(crop.left, crop.side, photo_.cols);
  const auto [top, bottom] = pixels_between(crop.top, crop.side, photo_.rows);
  region_ = cv::Rect(left, top, right - left, bottom - top);
  output_ = photo_.clone();
}

/// Part of the region and what is to become of its pixels.
struct Compositor::Tile {
  cv::Rect area;
  short place[tile_height][2 * tile_width];         ///< whole pixels of the photo to sample
  std::uint16_t subpixel[tile_height][tile_width];  ///< and the fractions, as cv::remap wants them
  float photo_weight[tile_height][3 * tile_width];  ///< the same for three channels
  float colour[tile_height][3 * tile_width];        ///< B, G, R in [0, 255]
  bool moved = false;
  bool blended = false;
};

/// Where the pixels of row `y` of the tile read the photo; true when one reads elsewhere than at its place.
bool Compositor::place_row(const float* flow_x, const float* flow_y, const float* ramp, float steps_per_grid,
                           int y, Tile& tile) {
  int moved = 0;
  for (int x = 0; x < tile.area.width; ++x) {
    const int steps_x = rounded(clamped(ramp[x] * steps_per_grid * flow_x[x], -farthest, farthest));
    const int steps_y = rounded(clamped(ramp[x] * steps_per_grid * flow_y[x], -farthest, farthest));
    const int place_x = (tile.area.x + x) * subpixels + steps_x;
    const int place_y = (tile.area.y + y) * subpixels + steps_y;
    tile.place[y][2 * x] =
        static_cast<short>(clamped(place_x >> subpixel_bits, -largest_place, largest_place));
    tile.place[y][2 * x + 1] =
        static_cast<short>(clamped(place_y >> subpixel_bits, -largest_place, largest_place));
    tile.subpixel[y][x] =
        static_cast<std::uint16_t>((place_y & (subpixels - 1)) * subpixels + (place_x & (subpixels - 1)));
    moved |= steps_x | steps_y;
  }
  return moved != 0;
}

/// What row `y` of the tile is mixed from; true when it is not the photo alone.
bool Compositor::mix_row(const float (*row)[tile_width], const float* ramp, int y, Tile& tile) {
  float* __restrict photo_weight = tile.photo_weight[y];
  float* __restrict colour = tile.colour[y];
  float least_weight = 1.0F;
  for (int x = 0; x < tile.area.width; ++x) {
    const float value = 1.0F - ramp[x] * (1.0F - clamped(row[weight][x], 0.0F, 1.0F));
    least_weight = value < least_weight ? value : least_weight;
    for (int channel = 0; channel < 3; ++channel) {
      photo_weight[3 * x + channel] = value;
      colour[3 * x + channel] = 255.0F * clamped(row[blue - channel][x], 0.0F, 1.0F);
    }
  }
  return least_weight < 1.0F;
}

Compositor::Taps Compositor::make_taps(int first, int count, double crop_start, double crop_side, int size) {
  Taps taps;
  for (int i = 0; i < count; ++i) {
    const double from_start = first + i - crop_start;
    const double position = from_start * size / crop_side - 0.5;
    const double before = std::floor(position);
    const double to_border = std::min(from_start, crop_side - from_start);
    taps.near.push_back(std::clamp(static_cast<int>(before), 0, size - 1));
    taps.far.push_back(std::clamp(static_cast<int>(before) + 1, 0, size - 1));
    taps.fraction.push_back(static_cast<float>(position - before));
    taps.ramp.push_back(static_cast<float>(smoothstep(to_border / (ramp_share * crop_side))));
  }
  return taps;
}

void Compositor::place_taps(int size) {
  if (size == size_) return;
  columns_ = make_taps(region_.x, region_.width, crop_.left, crop_.side, size);
  rows_ = make_taps(region_.y, region_.height, crop_.top, crop_.side, size);
  size_ = size;
}

const cv::Mat& Compositor::compose(const GeneratedFrame& frame) {
  require_usable(frame);
  place_taps(frame.size);
  const int across = (region_.width + tile_width - 1) / tile_width;
  const int down = (region_.height + tile_height - 1) / tile_height;
  cv::parallel_for_(cv::Range(0, across * down), [&](const cv::Range& range) {
    for (int i = range.start; i < range.end; ++i) {
      const cv::Point corner(region_.x + i % across * tile_width, region_.y + i / across * tile_height);
      Tile tile;
      tile.area = cv::Rect(corner, cv::Size(tile_width, tile_height)) & region_;
      interpolate(frame, tile);
      sample_photo(tile);
      blend_colour(tile);
    }
  });
  return output_;
}

void Compositor::interpolate(const GeneratedFrame& frame, Tile& tile) const {
  const int width = tile.area.width;
  const auto first_column = static_cast<std::size_t>(tile.area.x - region_.x);
  const int* near = &columns_.near[first_column];
  const int* far = &columns_.far[first_column];
  const float* fraction = &columns_.fraction[first_column];
  const float* column_ramp = &columns_.ramp[first_column];
  const int first = near[0];
  const int needed = far[width - 1] - first + 1;
  const auto steps_per_grid = static_cast<float>(0.5 * crop_.side * subpixels);

  std::vector<float> between(static_cast<std::size_t>(needed));
  float row[planes][tile_width];
  for (int y = 0; y < tile.area.height; ++y) {
    const auto region_row = static_cast<std::size_t>(tile.area.y) - static_cast<std::size_t>(region_.y) +
                            static_cast<std::size_t>(y);
    for (int plane = 0; plane < planes; ++plane) {
      const float* start = plane_of(frame, plane) + first;
      const float* above = start + static_cast<std::ptrdiff_t>(rows_.near[region_row]) * frame.size;
      const float* below = start + static_cast<std::ptrdiff_t>(rows_.far[region_row]) * frame.size;
      const float down = rows_.fraction[region_row];
      float* column = between.data();
      for (int i = 0; i < needed; ++i) column[i] = above[i] + down * (below[i] - above[i]);
      for (int x = 0; x < width; ++x) {
        const float value = column[near[x] - first];
        row[plane][x] = value + fraction[x] * (column[far[x] - first] - value);
      }
    }
    float ramp[tile_width];
    for (int x = 0; x < width; ++x) ramp[x] = rows_.ramp[region_row] * column_ramp[x];
    if (place_row(row[flow_x], row[flow_y], ramp, steps_per_grid, y, tile)) tile.moved = true;
    if (mix_row(row, ramp, y, tile)) tile.blended = true;
  }
}

void Compositor::sample_photo(const Tile& tile) {
  cv::Mat output = output_(tile.area);
  if (!tile.moved) {
    photo_(tile.area).copyTo(output);
    return;
  }
  const auto header = [&](int type, const void* data, std::size_t stride) {
    return cv::Mat(tile.area.size(), type, const_cast<void*>(data), stride);
  };
  cv::remap(photo_, output, header(CV_16SC2, tile.place, sizeof(tile.place[0])),
            header(CV_16UC1, tile.subpixel, sizeof(tile.subpixel[0])), cv::INTER_CUBIC, cv::BORDER_REPLICATE);
}

void Compositor::blend_colour(const Tile& tile) {
  if (!tile.blended) return;
  for (int y = 0; y < tile.area.height; ++y) {
    std::uint8_t* __restrict values = output_.ptr<std::uint8_t>(tile.area.y + y) + 3 * tile.area.x;
    const float* photo_weight = tile.photo_weight[y];
    const float* colour = tile.colour[y];
    for (int i = 0; i < 3 * tile.area.width; ++i) {
      const float mixed = colour[i] + photo_weight[i] * (static_cast<float>(values[i]) - colour[i]);
      values[i] = static_cast<std::uint8_t>(rounded(mixed));
    }
  }
}

}  // namespace reenact
