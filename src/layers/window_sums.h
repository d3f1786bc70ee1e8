#pragma once

#include <algorithm>
#include <opencv2/core.hpp>
#include <vector>

#include "layers/runs.h"

namespace reenact {

/// Sums `values` numbers of each pixel over the windows of 2·radius + 1 pixels around those where `needed`
/// (CV_8UC1) holds. `write(y, x, out)` is asked for the numbers of each pixel in a window, `visit(y, x, sums,
/// pixels)` gets the sums and how many pixels the window has in the picture. Windows are small: each is
/// summed anew, whole stretches of rows at a time.
template <typename Write, typename Visit>
void sum_windows(const cv::Mat& needed, int radius, int values, Write&& write, Visit&& visit) {
  const auto add = [](const float* from, std::size_t count, float* sums) {
    for (std::size_t i = 0; i < count; ++i) sums[i] += from[i];
  };
  const auto place = [&](int x) { return static_cast<std::size_t>(x) * static_cast<std::size_t>(values); };
  cv::Mat all(needed.rows, needed.cols * values, CV_32FC1);
  const cv::Mat summed = widened(needed, radius);
  for (int y = 0; y < needed.rows; ++y) {
    for (const cv::Range& run : runs(summed, y)) {
      float* out = all.ptr<float>(y) + place(run.start);
      for (int x = run.start; x < run.end; ++x, out += values) write(y, x, out);
    }
  }
  std::vector<float> down(place(needed.cols + 2 * radius), 0.0F);  // with nothing on both sides
  std::vector<float> sums(place(needed.cols));
  for (int y = 0; y < needed.rows; ++y) {
    const int top = std::max(0, y - radius);
    const int bottom = std::min(needed.rows - 1, y + radius);
    for (const cv::Range& run : runs(needed, y)) {
      const int first = std::max(0, run.start - radius);
      const std::size_t columns = place(std::min(needed.cols, run.end + radius) - first);
      float* const line = down.data() + place(first + radius);
      std::fill(line, line + columns, 0.0F);
      for (int i = top; i <= bottom; ++i) add(all.ptr<float>(i) + place(first), columns, line);
      const std::size_t count = place(run.size());
      std::fill(sums.data(), sums.data() + count, 0.0F);
      for (int i = 0; i <= 2 * radius; ++i) add(down.data() + place(run.start + i), count, sums.data());
      const float* sum = sums.data();
      for (int x = run.start; x < run.end; ++x, sum += values) {
        const int width = std::min(needed.cols - 1, x + radius) - std::max(0, x - radius) + 1;
        visit(y, x, sum, width * (bottom - top + 1));
      }
    }
  }
}

}  // namespace reenact
