#include "reenact/compose/compositor.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <opencv2/core/hal/intrin.hpp>
#include <opencv2/imgproc.hpp>
#include <string>

#include "reenact/core/error.h"
#include "reenact/core/smoothstep.h"

namespace reenact {
namespace {

constexpr double ramp_share = 1.0 / 25.0;  // of the crop's side
constexpr int subpixel_bits = 5;
constexpr int subpixels = 1 << subpixel_bits;
constexpr int largest_side = std::numeric_limits<short>::max() - 1;
constexpr float farthest = static_cast<float>(subpixels * largest_side);
constexpr int margin = 3;  ///< pixels beside the photo that repeat its edge: as far as clamped taps reach

constexpr float tear = 1.5F;  ///< the network's pixels that places of neighbours lie apart, over their own

constexpr int stretch = 16;  ///< pixels of a row that are told together how far away the person is

/// Values of one pixel of a frame.
enum Value { blue, green, red, weight, flow_x, flow_y, light_change, face, values = 8 };

/// Weights of the four taps of cubic convolution at each fraction of a pixel, along rows and columns
/// (Keys, IEEE Trans. ASSP 29, 1981; with OpenCV's slope of −3/4).
struct CubicWeights {
  static constexpr int unit = 1 << 14;  ///< of the weights `down`
  short down[subpixels][16];            ///< taps 0 and 1 by turns, four times; then taps 2 and 3
  float across[subpixels][4];           ///< sum to 1 / unit

  CubicWeights() {
    constexpr double slope = -0.75;
    const auto inner = [](double t) { return ((slope + 2) * t - (slope + 3)) * t * t + 1; };
    const auto outer = [](double t) { return (((t - 5) * t + 8) * t - 4) * slope; };
    for (int i = 0; i < subpixels; ++i) {
      const double t = static_cast<double>(i) / subpixels;
      const double taps[] = {outer(1 + t), inner(t), inner(1 - t), outer(2 - t)};
      for (int k = 0; k < 4; ++k) across[i][k] = static_cast<float>(taps[k] / unit);
      for (int k = 0; k < 16; ++k)
        down[i][k] = static_cast<short>(std::lround(taps[k / 8 * 2 + k % 2] * unit));
    }
  }
};

const CubicWeights cubic_weights;

/// The size of the largest value, as the bits of a float without its sign, which order as sizes do: those of
/// infinity and of what is no number come last. Whole numbers let the loop be vectorised.
std::uint32_t bits_of_largest(const std::vector<float>& values) {
  constexpr std::uint32_t all_but_sign = 0x7FFFFFFF;
  std::uint32_t largest = 0;
  for (const float value : values) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof(bits));
    largest = std::max(largest, bits & all_but_sign);
  }
  return largest;
}

bool finite(const std::vector<float>& values) {
  constexpr std::uint32_t infinity = 0x7F800000;
  return bits_of_largest(values) < infinity;
}

float largest(const std::vector<float>& values) {
  const std::uint32_t bits = bits_of_largest(values);
  float size = 0;
  std::memcpy(&size, &bits, sizeof(size));
  return size;
}

void require_usable(const GeneratedFrame& frame) {
  const auto side = static_cast<std::size_t>(std::max(frame.size, 0));
  const std::size_t pixels = side * side;
  if (pixels == 0 || frame.flow.size() != 2 * pixels || frame.weight.size() != pixels ||
      frame.colour.size() != 3 * pixels || (!frame.light.empty() && frame.light.size() != pixels) ||
      (!frame.face.empty() && frame.face.size() != pixels)) {
    throw ModelError("a generated frame of size " + std::to_string(frame.size) +
                     " has planes of another size; use another model");
  }
  if (!finite(frame.flow) || !finite(frame.weight) || !finite(frame.colour) || !finite(frame.light) ||
      !finite(frame.face)) {
    throw ModelError("a generated frame holds numbers that are not finite; use another model");
  }
}

/// A photo of four channels with a margin, as a loop reads it.
struct PaddedPhoto {
  explicit PaddedPhoto(const cv::Mat& padded)
      : data(padded.ptr()),
        step(static_cast<std::ptrdiff_t>(padded.step[0])),
        last_x(padded.cols - 2 * margin),
        last_y(padded.rows - 2 * margin) {}
  const std::uint8_t* data;
  std::ptrdiff_t step;
  int last_x;
  int last_y;
};

/// Blue, green, red and alpha of a photo at a place in 1/32 pixels; outside [0, 255] where the cubic
/// overshoots.
cv::v_float32x4 sample(const PaddedPhoto& padded, int place_x, int place_y) {
  const int x = std::clamp(place_x >> subpixel_bits, -2, padded.last_x);
  const int y = std::clamp(place_y >> subpixel_bits, -2, padded.last_y);
  const std::uint8_t* first = padded.data + (y + margin - 1) * padded.step + 4 * (x + margin - 1);
  const short* down = cubic_weights.down[place_y & (subpixels - 1)];
  const float* across = cubic_weights.across[place_x & (subpixels - 1)];
  cv::v_int32x4 taps[4] = {cv::v_setzero_s32(), cv::v_setzero_s32(), cv::v_setzero_s32(),
                           cv::v_setzero_s32()};
  for (int pair = 0; pair < 2; ++pair) {
    const std::uint8_t* above = first + 2 * pair * padded.step;
    cv::v_uint8x16 left;
    cv::v_uint8x16 right;
    cv::v_zip(cv::v_load(above), cv::v_load(above + padded.step), left, right);
    cv::v_uint16x8 rows[4];
    cv::v_expand(left, rows[0], rows[1]);
    cv::v_expand(right, rows[2], rows[3]);
    const cv::v_int16x8 weights = cv::v_load(down + 8 * pair);
    for (int tap = 0; tap < 4; ++tap) {
      taps[tap] = cv::v_dotprod(cv::v_reinterpret_as_s16(rows[tap]), weights, taps[tap]);
    }
  }
  cv::v_float32x4 sum = cv::v_setzero_f32();
  for (int tap = 0; tap < 4; ++tap) {
    sum = cv::v_muladd(cv::v_cvt_f32(taps[tap]), cv::v_setall_f32(across[tap]), sum);
  }
  return sum;
}

/// The network's pixels at the height of one row of the region, and where its pixels lie between them.
struct RowOfCells {
  const int* near;  ///< for each column, as in Taps
  const int* far;
  const float* fraction;
  const float* ramp;
  float row_ramp;
  const float* cells;                ///< `values` each
  std::array<float, 3> light_depth;  ///< in blue, green and red

  cv::v_float32x4 between(int x, int value) const {
    const cv::v_float32x4 before = cv::v_load(cells + values * near[x] + value);
    const cv::v_float32x4 after = cv::v_load(cells + values * far[x] + value);
    return cv::v_muladd(cv::v_setall_f32(fraction[x]), after - before, before);
  }
  cv::v_float32x4 ramp_at(int x) const { return cv::v_setall_f32(row_ramp * ramp[x]); }
};

/// A few pixels of a row on their way, four numbers each. What is done to a pixel depends on what was done
/// before: one step for all of them after another keeps the processor from waiting.
struct RowPart {
  static constexpr int longest = 32;
  int first = 0;  ///< column of the region
  int count = 0;
  float moves[4 * longest];    ///< flow, light and face, ramped
  int places[4 * longest];     ///< flow in 1/32 pixels
  float samples[4 * longest];  ///< of the photo: blue, green, red, alpha
};

void move(const RowOfCells& row, float steps_per_grid, RowPart& part) {
  const cv::v_float32x4 farthest_steps = cv::v_setall_f32(farthest);
  const cv::v_float32x4 nearest_steps = cv::v_setall_f32(-farthest);
  for (int i = 0; i < part.count; ++i) {
    const int x = part.first + i;
    const cv::v_float32x4 moves = row.ramp_at(x) * row.between(x, flow_x);
    const cv::v_float32x4 steps = cv::v_setall_f32(steps_per_grid) * moves;
    cv::v_store(part.moves + 4 * i, moves);
    cv::v_store(part.places + 4 * i, cv::v_floor(cv::v_min(cv::v_max(steps, nearest_steps), farthest_steps) +
                                                 cv::v_setall_f32(0.5F)));
  }
}

/// `place` is that of the region's first column in 1/32 pixels of the photo.
void read_photo(const PaddedPhoto& photo, const cv::Point& place, RowPart& part) {
  for (int i = 0; i < part.count; ++i) {
    const int x = place.x + (part.first + i) * subpixels + part.places[4 * i];
    cv::v_store(part.samples + 4 * i, sample(photo, x, place.y + part.places[4 * i + 1]));
  }
}

/// Places of the network's pixels above and below one row of the region, and between which they are torn.
struct RowOfPlaces {
  const std::uint8_t* torn;                         ///< for each of the network's columns
  std::array<std::array<const float*, 2>, 2> flow;  ///< by axis, above and below
  float down;                                       ///< weight of those below
  float steps_per_grid;                             ///< 1/32 pixels
};

/// Where places are torn apart, colours are interpolated instead: what lies between belongs to neither.
void read_torn(const RowOfCells& row, const RowOfPlaces& places, const PaddedPhoto& photo,
               const cv::Point& place, RowPart& part) {
  for (int i = 0; i < part.count; ++i) {
    const int x = part.first + i;
    if (places.torn[row.near[x]] == 0) continue;
    const float scale = row.row_ramp * row.ramp[x] * places.steps_per_grid;
    cv::v_float32x4 sum = cv::v_setzero_f32();
    for (std::size_t corner = 0; corner < 4; ++corner) {
      const bool is_below = corner > 1;
      const bool is_far = corner % 2 == 1;
      const int cell = is_far ? row.far[x] : row.near[x];
      const auto steps = [&](std::size_t axis) {
        const float flow = places.flow[axis][is_below ? 1 : 0][cell];
        return static_cast<int>(std::lround(std::clamp(scale * flow, -farthest, farthest)));
      };
      const float weight =
          (is_far ? row.fraction[x] : 1 - row.fraction[x]) * (is_below ? places.down : 1 - places.down);
      const cv::v_float32x4 there = sample(photo, place.x + x * subpixels + steps(0), place.y + steps(1));
      sum = cv::v_muladd(there, cv::v_setall_f32(weight), sum);
    }
    cv::v_store(part.samples + 4 * i, sum);
  }
}

/// Four bytes as numbers. OpenCV's load wants them where a multiple of 4 is.
cv::v_float32x4 four_levels(const std::uint8_t* bytes) {
  alignas(4) std::array<std::uint8_t, 4> aligned{};
  std::memcpy(aligned.data(), bytes, aligned.size());
  return cv::v_cvt_f32(cv::v_reinterpret_as_s32(cv::v_load_expand_q(aligned.data())));
}

/// Writes B, G, R and one byte more, and reads as many of `behind`, where it is not null; then `alphas`,
/// where it is not null, takes how much the person covers.
void blend(const RowOfCells& row, const std::uint8_t* behind, const RowPart& part, std::uint8_t* pixels,
           std::uint8_t* alphas) {
  const cv::v_float32x4 zero = cv::v_setzero_f32();
  const cv::v_float32x4 one = cv::v_setall_f32(1.0F);
  const cv::v_float32x4 white = cv::v_setall_f32(255.0F);
  const cv::v_float32x4 half = cv::v_setall_f32(0.5F);
  const cv::v_float32x4 colour_lanes(1, 1, 1, 0);
  const cv::v_float32x4 depth(row.light_depth[0], row.light_depth[1], row.light_depth[2], 0);
  const cv::v_float32x4 full_alpha(0, 0, 0, 255);
  for (int i = 0; i < part.count; ++i, pixels += 3) {
    const int x = part.first + i;
    const cv::v_float32x4 moves = cv::v_load(part.moves + 4 * i);
    const cv::v_float32x4 light = one + depth * cv::v_broadcast_element<light_change - flow_x>(moves);
    const cv::v_float32x4 photo = light * cv::v_load(part.samples + 4 * i);
    const cv::v_float32x4 unit_mix = cv::v_min(cv::v_max(row.between(x, blue), zero), one);
    const cv::v_float32x4 photo_weight =
        one - row.ramp_at(x) * (one - cv::v_broadcast_element<weight>(unit_mix));
    cv::v_float32x4 over = cv::v_min(cv::v_max(photo, zero), white);
    cv::v_float32x4 colour = white * unit_mix;
    if (behind != nullptr) {
      const cv::v_float32x4 background = colour_lanes * four_levels(behind);
      behind += 3;
      const cv::v_float32x4 covered = cv::v_broadcast_element<3>(over) / white;
      const cv::v_float32x4 shown = cv::v_max(covered, cv::v_broadcast_element<face - flow_x>(moves));
      colour = cv::v_muladd(shown, colour_lanes * colour + full_alpha - background, background);
      over = cv::v_muladd(one - covered, background, over);
    }
    const cv::v_float32x4 mixed = cv::v_muladd(photo_weight, over - colour, colour);
    const cv::v_int32x4 levels = cv::v_trunc(mixed + half);
    const cv::v_int16x8 words = cv::v_pack(levels, levels);
    const std::uint32_t bytes = cv::v_reinterpret_as_u32(cv::v_pack_u(words, words)).get0();
    std::memcpy(pixels, &bytes, sizeof(bytes));
    if (alphas != nullptr) *alphas++ = static_cast<std::uint8_t>(bytes >> 24U);
  }
}

/// First and one-past-last pixel of [0, count) whose centre lies in [start, start + side).
std::pair<int, int> pixels_between(double start, double side, int count) {
  const auto clip = [&](double position) {
    return static_cast<int>(std::clamp(std::ceil(position), 0.0, static_cast<double>(count)));
  };
  return {clip(start), clip(start + side)};
}

}  // namespace

Compositor::Compositor(const cv::Mat& photo, const CropSquare& crop, const PhotoLayers* layers)
    : crop_(crop) {
  if (photo.empty() || photo.type() != CV_8UC3 || photo.cols > largest_side || photo.rows > largest_side) {
    throw InputError("the photo must be an 8-bit colour picture of 1 to " + std::to_string(largest_side) +
                     " pixels a side; convert or shrink it");
  }
  if (!std::isfinite(crop.left) || !std::isfinite(crop.top) || !std::isfinite(crop.side) || crop.side <= 0) {
    throw InputError("the crop of the photo must be finite and its side positive; choose another crop");
  }
  const auto [left, right] = pixels_between(crop.left, crop.side, photo.cols);
  const auto [top, bottom] = pixels_between(crop.top, crop.side, photo.rows);
  region_ = cv::Rect(left, top, right - left, bottom - top);
  if (!region_.empty()) chroma_.emplace(photo(region_));
  output_ = photo.clone();
  if (layers == nullptr) {
    cv::cvtColor(photo, padded_, cv::COLOR_BGR2BGRA);
  } else {
    take_layers(photo, *layers);
  }
  cv::copyMakeBorder(padded_, padded_, margin, margin, margin, margin, cv::BORDER_REPLICATE);
}

void Compositor::take_layers(const cv::Mat& photo, const PhotoLayers& layers) {
  const cv::Rect whole({0, 0}, photo.size());
  const bool fits_above =
      layers.above.empty() || (layers.above.type() == CV_8UC4 && layers.above.cols == layers.region.width);
  if (layers.region.empty() || (layers.region & whole) != layers.region || !fits_above) {
    throw InputError("the layers are not of this photo; take the photo apart again");
  }
  layers_ = layers;
  region_ &= layers.region;
  padded_from_ = layers.region.tl() - cv::Point(0, layers.above.rows);
  cv::merge(std::vector<cv::Mat>{layers.person, layers.alpha}, padded_);
  if (!layers.above.empty()) cv::vconcat(layers.above, padded_, padded_);
  // With a row more in memory, since blend() reads a byte more than each pixel has.
  behind_ = cv::Mat(photo.rows + 1, photo.cols, CV_8UC3).rowRange(0, photo.rows);
  photo.copyTo(behind_);
  cv::Mat behind = behind_(layers.region);
  layers.plate.copyTo(behind);
  alpha_ = cv::Mat::zeros(photo.size(), CV_8UC1);
  cv::Mat covered = alpha_(layers.region);
  layers.alpha.copyTo(covered);
  if (region_.empty()) return;

  cv::Mat distance;
  cv::distanceTransform(layers.alpha(region_ - layers.region.tl()) == 0, distance, cv::DIST_C,
                        cv::DIST_MASK_3);
  cv::Mat column;
  for (int x = 0; x < region_.width; x += stretch) {
    cv::reduce(distance.colRange(x, std::min(x + stretch, region_.width)), column, 1, cv::REDUCE_MIN);
    person_distance_.push_back(column.reshape(1, 1));
  }
  person_distance_ = person_distance_.t();
}

/// The columns of row `y` of the region outside of which nothing of the person shows: no pixel reads the
/// photo from as far as it is, and no cell says that a face is there.
cv::Range Compositor::moving_columns(int y, double moved, const cv::Rect& face) const {
  if (person_distance_.empty()) return {0, region_.width};
  const float* distance = person_distance_.ptr<float>(y);
  int first = 0;
  int last = person_distance_.cols;
  while (first < last && distance[first] > moved) ++first;
  while (last > first && distance[last - 1] > moved) --last;
  cv::Range columns;
  if (first < last) columns = {first * stretch, std::min(last * stretch, region_.width)};
  if (face.empty() || y < face.y || y >= face.br().y) return columns;
  if (columns.empty()) return {face.x, face.br().x};
  return {std::min(columns.start, face.x), std::max(columns.end, face.br().x)};
}

/// The part of the region that cells of the frame's face touch.
cv::Rect Compositor::face_box(const GeneratedFrame& frame) const {
  if (frame.face.empty()) return {};
  const cv::Mat face(frame.size, frame.size, CV_32FC1, const_cast<float*>(frame.face.data()));
  const cv::Rect cells = cv::boundingRect(face > 0);
  if (cells.empty()) return {};
  const auto between = [](const Taps& taps, int start, int end) {
    const auto first = std::lower_bound(taps.far.begin(), taps.far.end(), start);
    const auto last = std::lower_bound(taps.near.begin(), taps.near.end(), end);
    return cv::Range(static_cast<int>(first - taps.far.begin()), static_cast<int>(last - taps.near.begin()));
  };
  const cv::Range x = between(columns_, cells.x, cells.br().x);
  const cv::Range y = between(rows_, cells.y, cells.br().y);
  return {x.start, y.start, x.size(), y.size()};
}

const cv::Mat& Compositor::put_behind(const cv::Mat& background) {
  if (layers_.region != cv::Rect({0, 0}, output_.size()) || background.size() != output_.size()) {
    throw InputError("another background needs layers of all of the photo, and its size");
  }
  background.copyTo(behind_);
  put_before(layers_, behind_).copyTo(output_);
  layers_.alpha.copyTo(alpha_);
  return output_;
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

cv::Mat& Compositor::compose(const GeneratedFrame& frame) {
  require_usable(frame);
  if (region_.empty()) return output_;
  place_taps(frame.size);
  find_tears(frame.flow);
  colour_ = frame.colour;
  chroma_->confine(colour_.data(), frame.weight.size());
  const Planes planes = planes_of(frame);
  const double moved = 0.5 * crop_.side * largest(frame.flow) + margin;
  const cv::Rect face = face_box(frame);
  cv::parallel_for_(cv::Range(0, region_.height), [&](const cv::Range& rows) {
    std::vector<float> line(static_cast<std::size_t>(values) * static_cast<std::size_t>(frame.size));
    std::vector<std::uint8_t> row(3 * columns_.ramp.size() + 1);
    for (int y = rows.start; y < rows.end; ++y) {
      const cv::Range moving = moving_columns(y, moved, face);
      std::uint8_t* out = output_.ptr(region_.y + y) + 3 * region_.x;
      std::uint8_t* alphas = alpha_.empty() ? nullptr : alpha_.ptr(region_.y + y) + region_.x;
      if (alphas != nullptr) {
        const std::uint8_t* behind = behind_.ptr(region_.y + y) + 3 * region_.x;
        std::copy(behind, behind + 3 * region_.width, out);
        std::fill(alphas, alphas + region_.width, std::uint8_t{0});
      }
      if (moving.empty()) continue;
      interpolate_line(planes, static_cast<std::size_t>(y), moving, line);
      compose_row(static_cast<std::size_t>(y), moving, frame.flow, line, row.data(),
                  alphas == nullptr ? nullptr : alphas + moving.start);
      std::copy(row.begin(), row.begin() + 3 * moving.size(), out + 3 * moving.start);
    }
  });
  return output_;
}

Compositor::Planes Compositor::planes_of(const GeneratedFrame& frame) const {
  const std::size_t pixels = frame.weight.size();
  return {&colour_[2 * pixels],
          &colour_[pixels],
          colour_.data(),
          frame.weight.data(),
          frame.flow.data(),
          &frame.flow[pixels],
          frame.light.empty() ? nullptr : frame.light.data(),
          frame.face.empty() ? nullptr : frame.face.data()};
}

/// The network's pixels at the height of row `y` of the region that its columns `across` need, `values` of
/// each side by side.
void Compositor::interpolate_line(const Planes& planes, std::size_t y, const cv::Range& across,
                                  std::vector<float>& line) const {
  const int first = columns_.near[static_cast<std::size_t>(across.start)];
  const int last = columns_.far[static_cast<std::size_t>(across.end - 1)];
  const float down = rows_.fraction[y];
  for (std::size_t value = 0; value < planes.size(); ++value) {
    if (planes[value] == nullptr) continue;
    const float* above = planes[value] + static_cast<std::ptrdiff_t>(rows_.near[y]) * size_;
    const float* below = planes[value] + static_cast<std::ptrdiff_t>(rows_.far[y]) * size_;
    float* out = line.data() + value;
    for (int i = first; i <= last; ++i) {
      out[values * i] = above[i] + down * (below[i] - above[i]);
    }
  }
}

void Compositor::find_tears(const std::vector<float>& flow) {
  const auto side = static_cast<std::size_t>(size_);
  const float far = 2 * tear / static_cast<float>(size_);
  tears_.assign(side * side, 0);
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const float* plane = &flow[axis * side * side];
    for (std::size_t y = 0; y + 1 < side; ++y) {
      const float* above = plane + y * side;
      const float* below = above + side;
      std::uint8_t* torn = &tears_[y * side];
      for (std::size_t x = 0; x + 1 < side; ++x) {
        const float least = std::min(std::min(above[x], above[x + 1]), std::min(below[x], below[x + 1]));
        const float most = std::max(std::max(above[x], above[x + 1]), std::max(below[x], below[x + 1]));
        torn[x] |= static_cast<std::uint8_t>(most - least > far);
      }
    }
  }
}

void Compositor::compose_row(std::size_t y, const cv::Range& across, const std::vector<float>& flow,
                             const std::vector<float>& line, std::uint8_t* pixels,
                             std::uint8_t* alphas) const {
  const int row = region_.y + static_cast<int>(y);
  const RowOfCells cells = {columns_.near.data(), columns_.far.data(), columns_.fraction.data(),
                            columns_.ramp.data(), rows_.ramp[y],       line.data(),
                            light_depth_};
  const PaddedPhoto photo(padded_);
  const cv::Point place((region_.x - padded_from_.x) * subpixels, (row - padded_from_.y) * subpixels);
  const auto steps_per_grid = static_cast<float>(0.5 * crop_.side * subpixels);
  const std::uint8_t* behind = behind_.empty() ? nullptr : behind_.ptr(row) + 3 * (region_.x + across.start);
  const std::size_t above = static_cast<std::size_t>(rows_.near[y]) * static_cast<std::size_t>(size_);
  const std::size_t below = static_cast<std::size_t>(rows_.far[y]) * static_cast<std::size_t>(size_);
  const std::size_t plane = flow.size() / 2;
  const RowOfPlaces places = {&tears_[above],
                              {{{&flow[above], &flow[below]}, {&flow[plane + above], &flow[plane + below]}}},
                              rows_.fraction[y],
                              steps_per_grid};
  RowPart part;
  for (int x = across.start; x < across.end; x += part.count) {
    part.first = x;
    part.count = std::min(RowPart::longest, across.end - x);
    move(cells, steps_per_grid, part);
    read_photo(photo, place, part);
    read_torn(cells, places, photo, place, part);
    blend(cells, behind, part, pixels, alphas);
    pixels += 3 * part.count;
    if (behind != nullptr) behind += 3 * part.count;
    if (alphas != nullptr) alphas += part.count;
  }
}

}  // namespace reenact
