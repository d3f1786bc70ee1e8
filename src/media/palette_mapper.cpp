#include "media/palette_mapper.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>

namespace reenact {
namespace {

constexpr int palette_size = 256;
constexpr int samples_a_side = 96;

// A palette is kept up to this share, and these levels, over its misfit for its own picture.
constexpr double kept_share = 1.5;
constexpr double kept_levels = 2;

/// Bits of each channel that tell cells of the colour cube apart.
constexpr int cell_bits = 6;
constexpr int cell_shift = 8 - cell_bits;

/// Of the ordered pattern, in levels.
constexpr int pattern_height = 8;
constexpr int pattern_side = 8;

/// Threshold matrix: 0 to 63, every power of two spread as evenly as can be.
constexpr int bayer(int x, int y) {
  int value = 0;
  for (int bit = 0; bit < 3; ++bit) {
    const int a = (x >> bit) & 1;
    const int b = (y >> bit) & 1;
    value = (value << 2) | ((a ^ b) << 1) | b;
  }
  return value;
}

/// One row for each sample, spread evenly over the picture.
cv::Mat samples_of(const cv::Mat& image, cv::Size size) {
  cv::Mat samples(samples_a_side * samples_a_side, 1, CV_8UC3);
  for (int i = 0; i < samples.rows; ++i) {
    const int row = (2 * (i / samples_a_side) + 1) * size.height / (2 * samples_a_side);
    const int column = (2 * (i % samples_a_side) + 1) * size.width / (2 * samples_a_side);
    samples.at<cv::Vec3b>(i) = image.at<cv::Vec3b>(row, column);
  }
  return samples;
}

}  // namespace

PaletteMapper::PaletteMapper(cv::Size size) : size_(size), mapped_(libav::make_frame()) {
  mapped_->format = AV_PIX_FMT_PAL8;
  mapped_->width = size.width;
  mapped_->height = size.height;
  if (av_frame_get_buffer(mapped_.get(), 0) < 0) throw std::bad_alloc();
}

void PaletteMapper::choose_palette(const cv::Mat& samples) {
  cv::Mat points;
  samples.reshape(1).convertTo(points, CV_32F);
  cv::Mat labels;
  cv::Mat centres;
  cv::theRNG().state = 1;
  constexpr int iterations = 12;
  cv::kmeans(points, palette_size, labels, {cv::TermCriteria::COUNT, iterations, 0}, 1, cv::KMEANS_PP_CENTERS,
             centres);
  palette_.clear();
  for (int i = 0; i < centres.rows; ++i) {
    const float* centre = centres.ptr<float>(i);
    palette_.emplace_back(cv::saturate_cast<uchar>(centre[0]), cv::saturate_cast<uchar>(centre[1]),
                          cv::saturate_cast<uchar>(centre[2]));
  }
  nearest_.assign(std::size_t{1} << (3 * cell_bits), -1);
}

std::size_t PaletteMapper::nearest_to(const cv::Vec3i& colour) const {
  std::size_t nearest = 0;
  int least = std::numeric_limits<int>::max();
  for (std::size_t i = 0; i < palette_.size(); ++i) {
    const cv::Vec3i difference = colour - cv::Vec3i(palette_[i]);
    const int distance = difference.dot(difference);
    if (distance >= least) continue;
    least = distance;
    nearest = i;
  }
  return nearest;
}

std::uint8_t PaletteMapper::entry_for(const cv::Vec3i& colour) {
  constexpr int half_cell = 1 << (cell_shift - 1);
  std::size_t cell = 0;
  cv::Vec3i middle;
  for (int c = 0; c < 3; ++c) {
    const int step = std::clamp(colour[c], 0, 255) >> cell_shift;
    cell = (cell << cell_bits) | static_cast<std::size_t>(step);
    middle[c] = (step << cell_shift) + half_cell;
  }
  if (nearest_[cell] < 0) nearest_[cell] = static_cast<std::int16_t>(nearest_to(middle));
  return static_cast<std::uint8_t>(nearest_[cell]);
}

double PaletteMapper::misfit(const cv::Mat& samples) const {
  constexpr int step = 4;
  double sum = 0;
  for (int i = 0; i < samples.rows; i += step) {
    const cv::Vec3i colour = samples.at<cv::Vec3b>(i);
    const cv::Vec3i difference = colour - cv::Vec3i(palette_[nearest_to(colour)]);
    sum += difference.dot(difference);
  }
  return std::sqrt(sum * step / samples.rows);
}

AVFrame* PaletteMapper::map(const cv::Mat& image) {
  const cv::Mat samples = samples_of(image, size_);
  if (palette_.empty() || misfit(samples) > kept_share * own_misfit_ + kept_levels) {
    choose_palette(samples);
    own_misfit_ = misfit(samples);
  }
  if (av_frame_make_writable(mapped_.get()) < 0) throw std::bad_alloc();
  for (int y = 0; y < size_.height; ++y) {
    const auto* pixels = image.ptr<cv::Vec3b>(y);
    std::uint8_t* entries = mapped_->data[0] + std::ptrdiff_t{y} * mapped_->linesize[0];
    for (int x = 0; x < size_.width; ++x) {
      const int threshold = bayer(x % pattern_side, y % pattern_side);
      const int shift = threshold * pattern_height / (pattern_side * pattern_side) - pattern_height / 2;
      entries[x] = entry_for(cv::Vec3i(pixels[x]) + cv::Vec3i::all(shift));
    }
  }
  auto* colours = reinterpret_cast<std::uint32_t*>(mapped_->data[1]);
  std::fill_n(colours, palette_size, 0xFF000000U);
  for (std::size_t i = 0; i < palette_.size(); ++i) {
    const cv::Vec3b& bgr = palette_[i];
    colours[i] = 0xFF000000U | std::uint32_t{bgr[2]} << 16U | std::uint32_t{bgr[1]} << 8U | bgr[0];
  }
  return mapped_.get();
}

}  // namespace reenact
