#include "media/planar_colours.h"

#include <algorithm>
#include <opencv2/core/hal/intrin.hpp>

namespace reenact {
namespace {

/// BT.601 to limited range as swscale rounds it to 15 bits.
struct Coefficients {
  short blue, green, red;
};
constexpr int coefficient_bits = 15;
constexpr Coefficients to_y = {3208, 16519, 8414};
constexpr Coefficients to_u = {14392, -9528, -4865};
constexpr Coefficients to_v = {-2332, -12061, 14392};
constexpr int black = 16;
constexpr int no_colour = 128;

constexpr int fine_bits = 6;  ///< of a value between its sum and its last rounding

/// The cubic of swscale at half the height: the nearer four of eight rows from the middle outwards, times
/// 4096.
constexpr std::array<int, 4> cubic = {1786, 492, -172, -58};
constexpr int cubic_bits = 12;

constexpr int block = 16;  ///< pixels that are worked on at once

/// Eight weighted sums, `shift` bits down, of what three vectors hold at the same place.
template <int shift>
cv::v_int16x8 weighted(const cv::v_uint16x8& blue, const cv::v_uint16x8& green, const cv::v_uint16x8& red,
                       const Coefficients& by, int offset) {
  const cv::v_int16x8 by_blue_green(by.blue, by.green, by.blue, by.green, by.blue, by.green, by.blue,
                                    by.green);
  const cv::v_int16x8 by_red(by.red, 0, by.red, 0, by.red, 0, by.red, 0);
  cv::v_uint16x8 blue_green[2];
  cv::v_uint16x8 reds[2];
  cv::v_zip(blue, green, blue_green[0], blue_green[1]);
  cv::v_zip(red, cv::v_setzero_u16(), reds[0], reds[1]);
  cv::v_int32x4 sums[2];
  for (int i = 0; i < 2; ++i) {
    sums[i] = cv::v_dotprod(cv::v_reinterpret_as_s16(blue_green[i]), by_blue_green, cv::v_setall_s32(offset));
    sums[i] = cv::v_dotprod(cv::v_reinterpret_as_s16(reds[i]), by_red, sums[i]) >> shift;
  }
  return cv::v_pack(sums[0], sums[1]);
}

cv::v_uint16x8 luma(const cv::v_uint16x8& blue, const cv::v_uint16x8& green, const cv::v_uint16x8& red) {
  constexpr int shift = coefficient_bits - fine_bits;
  constexpr int offset = (black << coefficient_bits) + (1 << (shift - 1));
  const cv::v_uint16x8 fine = cv::v_reinterpret_as_u16(weighted<shift>(blue, green, red, to_y, offset));
  return (fine + cv::v_setall_u16(1 << (fine_bits - 1))) >> fine_bits;
}

/// U or V, times 64, of sums of two pixels.
cv::v_int16x8 colour(const cv::v_uint16x8& blue, const cv::v_uint16x8& green, const cv::v_uint16x8& red,
                     const Coefficients& to) {
  constexpr int shift = coefficient_bits - fine_bits + 1;
  constexpr int offset = (2 * no_colour << coefficient_bits) + (1 << (shift - 1));
  return weighted<shift>(blue, green, red, to, offset);
}

cv::v_uint16x8 sums_of_pairs(const cv::v_uint8x16& values) {
  const cv::v_uint16x8 pairs = cv::v_reinterpret_as_u16(values);
  return (pairs & cv::v_setall_u16(255)) + (pairs >> 8);
}

}  // namespace

PlanarColours::PlanarColours(cv::Size size) : size_(size) {
  for (Rows* rows : {&u_, &v_}) {
    for (auto& row : *rows) row.resize(static_cast<std::size_t>(size.width / 2));
  }
}

void PlanarColours::convert(const cv::Mat& bgr, AVFrame& planes) {
  const auto row_of = [&](int plane, int row) {
    return planes.data[plane] + static_cast<std::ptrdiff_t>(row) * planes.linesize[plane];
  };
  int read = 0;
  for (int row = 0; row < size_.height / 2; ++row) {
    const int needed = std::min(2 * row + taps / 2 + 1, size_.height);
    for (; read < needed; ++read) read_row(bgr.ptr(read), read, row_of(0, read));
    filter_rows(u_, row, row_of(1, row));
    filter_rows(v_, row, row_of(2, row));
  }
}

void PlanarColours::read_row(const std::uint8_t* bgr, int row, std::uint8_t* luma_out) {
  const auto turn = static_cast<std::size_t>(row % taps);
  for (int next = 0; next < size_.width; next += block) {
    const int x = std::min(next, size_.width - block);
    cv::v_uint8x16 blue, green, red;
    cv::v_load_deinterleave(bgr + 3 * x, blue, green, red);
    cv::v_uint16x8 b[2], g[2], r[2];
    cv::v_expand(blue, b[0], b[1]);
    cv::v_expand(green, g[0], g[1]);
    cv::v_expand(red, r[0], r[1]);
    cv::v_store(luma_out + x, cv::v_pack(luma(b[0], g[0], r[0]), luma(b[1], g[1], r[1])));
    const cv::v_uint16x8 blues = sums_of_pairs(blue);
    const cv::v_uint16x8 greens = sums_of_pairs(green);
    const cv::v_uint16x8 reds = sums_of_pairs(red);
    cv::v_store(u_[turn].data() + x / 2, colour(blues, greens, reds, to_u));
    cv::v_store(v_[turn].data() + x / 2, colour(blues, greens, reds, to_v));
  }
}

/// Row `row` of a colour from the eight rows of the picture around it; its edge is repeated.
void PlanarColours::filter_rows(const Rows& rows, int row, std::uint8_t* out) const {
  std::array<const std::int16_t*, taps> from{};
  for (int tap = 0; tap < taps; ++tap) {
    const int read = std::clamp(2 * row + tap - taps / 2 + 1, 0, size_.height - 1);
    from[static_cast<std::size_t>(tap)] = rows[static_cast<std::size_t>(read % taps)].data();
  }
  constexpr int shift = cubic_bits + fine_bits;
  constexpr int half = 1 << (shift - 1);
  const int width = size_.width / 2;
  for (int x = 0; x < width; ++x) {
    const int sum = cubic[0] * (from[3][x] + from[4][x]) + cubic[1] * (from[2][x] + from[5][x]) +
                    cubic[2] * (from[1][x] + from[6][x]) + cubic[3] * (from[0][x] + from[7][x]);
    out[x] = static_cast<std::uint8_t>(std::clamp((sum + half) >> shift, 0, 255));
  }
}

}  // namespace reenact
