#include "reenact/compose/compositor.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <string>

#include "reenact/core/error.h"

namespace reenact {
namespace {

constexpr int tile_width = 256;
constexpr int tile_height = 16;
constexpr double ramp_share = 1.0 / 25.0;  // of the crop's side
constexpr int subpixel_bits = cv::INTER_BITS;
constexpr int subpixels = 1 << subpixel_bits;

enum Plane { flow_x, flow_y, weight, red, green, blue, planes };

/// The planes of a frame, interpolated along one photo row, tile_width floats each.
using TileRow = float[planes][tile_width];

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
  constexpr int limit = std::numeric_limits<short>::max();  // of cv::remap
  if (photo_.empty() || photo_.type() != CV_8UC3 || photo_.cols >= limit || photo_.rows >= limit) {
    throw InputError("the photo must be an 8-bit colour picture of 1 to " + std::to_string(limit - 1) +
                     " pixels a side; convert or shrink it");
  }
  if (!std::isfinite(crop.left) || !std::isfinite(crop.top) || !std::isfinite(crop.side) || crop.side <= 0) {
    throw InputError("the crop of the photo must be finite and its side positive; choose another crop");
  }
  const auto [left, right] = pixels_between(crop.left, crop.side, photo_.cols);
  const auto [top, bottom] = pixels_between(crop.top, crop.side, photo_.rows);
  region_ = cv::Rect(left, top, right - left, bottom - top);
  output_ = photo_.clone();
}

std::vector<Compositor::Tap> Compositor::taps(int first, int count, double crop_start, int size) const {
  std::vector<Tap> result(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    const double from_start = first + i - crop_start;
    const double position = from_start * size / crop_.side - 0.5;
    const double before = std::floor(position);
    Tap& tap = result[static_cast<std::size_t>(i)];
    tap.near = std::clamp(static_cast<int>(before), 0, size - 1);
    tap.far = std::clamp(static_cast<int>(before) + 1, 0, size - 1);
    tap.fraction = static_cast<float>(position - before);
    const double to_border = std::min(from_start, crop_.side - from_start);
    tap.ramp = static_cast<float>(smoothstep(to_border / (ramp_share * crop_.side)));
  }
  return result;
}

void Compositor::place_taps(int size) {
  if (size == size_) return;
  columns_ = taps(region_.x, region_.width, crop_.left, size);
  rows_ = taps(region_.y, region_.height, crop_.top, size);
  size_ = size;
}

const cv::Mat& Compositor::compose(const GeneratedFrame& frame) {
  require_usable(frame);
  place_taps(frame.size);
  const int across = (region_.width + tile_width - 1) / tile_width;
  const int down = (region_.height + tile_height - 1) / tile_height;
  cv::parallel_for_(cv::Range(0, across * down), [&](const cv::Range& range) {
    for (int i = range.start; i < range.end; ++i) {
      const cv::Rect tile(region_.x + i % across * tile_width, region_.y + i / across * tile_height,
                          tile_width, tile_height);
      compose_tile(frame, tile & region_);
    }
  });
  return output_;
}

/// Interpolates the frame over one tile, row by row, then samples the photo and blends.
void Compositor::compose_tile(const GeneratedFrame& frame, const cv::Rect& tile) {
  const Tap* columns = &columns_[static_cast<std::size_t>(tile.x - region_.x)];
  const int first = columns[0].near;
  const int last = columns[tile.width - 1].far;
  const auto photo_per_grid = static_cast<float>(0.5 * crop_.side);
  const auto furthest = static_cast<float>(std::max(photo_.cols, photo_.rows));

  std::vector<float> between(static_cast<std::size_t>(last - first + 1));
  TileRow row;
  short places[tile_height][tile_width][2];
  std::uint16_t fractions[tile_height][tile_width];
  float weights[tile_height][tile_width];
  float colours[tile_height][tile_width][3];
  int moved = 0;
  bool blended = false;

  for (int y = 0; y < tile.height; ++y) {
    const Tap& vertical = rows_[static_cast<std::size_t>(tile.y - region_.y + y)];
    for (int plane = 0; plane < planes; ++plane) {
      const float* above =
          plane_of(frame, plane) + static_cast<std::ptrdiff_t>(vertical.near) * frame.size + first;
      const float* below =
          plane_of(frame, plane) + static_cast<std::ptrdiff_t>(vertical.far) * frame.size + first;
      for (std::size_t i = 0; i < between.size(); ++i) {
        between[i] = above[i] + vertical.fraction * (below[i] - above[i]);
      }
      for (int x = 0; x < tile.width; ++x) {
        const float near = between[static_cast<std::size_t>(columns[x].near - first)];
        const float far = between[static_cast<std::size_t>(columns[x].far - first)];
        row[plane][x] = near + columns[x].fraction * (far - near);
      }
    }
    for (int x = 0; x < tile.width; ++x) {
      const float ramp = vertical.ramp * columns[x].ramp;
      const auto step = [&](float flow) {
        const float pixels = std::clamp(ramp * photo_per_grid * flow, -furthest, furthest);
        return static_cast<int>(std::lrint(pixels * subpixels));
      };
      const int step_x = step(row[flow_x][x]);
      const int step_y = step(row[flow_y][x]);
      moved |= step_x | step_y;
      const int place_x = (tile.x + x) * subpixels + step_x;
      const int place_y = (tile.y + y) * subpixels + step_y;
      places[y][x][0] = cv::saturate_cast<short>(place_x >> subpixel_bits);
      places[y][x][1] = cv::saturate_cast<short>(place_y >> subpixel_bits);
      fractions[y][x] =
          static_cast<std::uint16_t>((place_y & (subpixels - 1)) * subpixels + (place_x & (subpixels - 1)));
      weights[y][x] = 1.0F - ramp * (1.0F - std::clamp(row[weight][x], 0.0F, 1.0F));
      blended = blended || weights[y][x] < 1.0F;
      for (int channel = 0; channel < 3; ++channel) {
        colours[y][x][channel] = 255.0F * std::clamp(row[blue - channel][x], 0.0F, 1.0F);
      }
    }
  }

  cv::Mat output = output_(tile);
  if (moved == 0) {
    photo_(tile).copyTo(output);
  } else {
    const cv::Mat place_map(tile.height, tile.width, CV_16SC2, places, sizeof(places[0]));
    const cv::Mat fraction_map(tile.height, tile.width, CV_16UC1, fractions, sizeof(fractions[0]));
    cv::remap(photo_, output, place_map, fraction_map, cv::INTER_CUBIC, cv::BORDER_REPLICATE);
  }
  if (!blended) return;
  for (int y = 0; y < tile.height; ++y) {
    auto* pixels = output.ptr<std::uint8_t>(y);
    for (int x = 0; x < tile.width; ++x) {
      for (int channel = 0; channel < 3; ++channel) {
        std::uint8_t& value = pixels[3 * x + channel];
        const float colour = colours[y][x][channel];
        const float mixed = colour + weights[y][x] * (static_cast<float>(value) - colour);
        value = static_cast<std::uint8_t>(mixed + 0.5F);
      }
    }
  }
}

}  // namespace reenact
