#include "layers/rows_at_size.h"

#include <algorithm>
#include <cmath>

namespace reenact {

RowsAtSize::RowsAtSize(cv::Size from, cv::Size to)
    : rows_(taps(from.height, to.height)), columns_(taps(from.width, to.width)) {}

void RowsAtSize::read(const cv::Mat& picture, int y, const cv::Range& columns, std::vector<float>& between,
                      float* values) const {
  if (columns.empty()) return;
  const int channels = picture.channels();
  const auto place = [&](int column) { return static_cast<std::ptrdiff_t>(column) * channels; };
  const int first = columns_[static_cast<std::size_t>(columns.start)].near;
  const int last = columns_[static_cast<std::size_t>(columns.end - 1)].far;
  const Tap& down = rows_[static_cast<std::size_t>(y)];
  const float* above = picture.ptr<float>(down.near) + place(first);
  const float* below = picture.ptr<float>(down.far) + place(first);
  between.resize(static_cast<std::size_t>(place(last + 1 - first)));
  for (std::size_t i = 0; i < between.size(); ++i) between[i] = above[i] + down.share * (below[i] - above[i]);
  for (int x = columns.start; x < columns.end; ++x, values += channels) {
    const Tap& tap = columns_[static_cast<std::size_t>(x)];
    const float* near = between.data() + place(tap.near - first);
    const float* far = between.data() + place(tap.far - first);
    for (int c = 0; c < channels; ++c) values[c] = near[c] + tap.share * (far[c] - near[c]);
  }
}

void RowsAtSize::read_labels(const cv::Mat& labels, int y, std::vector<std::uint8_t>& result) const {
  const Tap& down = rows_[static_cast<std::size_t>(y)];
  const std::uint8_t* above = labels.ptr(down.near);
  const std::uint8_t* below = labels.ptr(down.far);
  result.resize(columns_.size());
  std::transform(columns_.begin(), columns_.end(), result.begin(), [&](const Tap& tap) {
    const std::uint8_t label = above[tap.near];
    const bool agree = label == above[tap.far] && label == below[tap.near] && label == below[tap.far];
    return agree ? label : std::uint8_t{0};
  });
}

std::vector<RowsAtSize::Tap> RowsAtSize::taps(int from, int to) {
  std::vector<Tap> result;
  result.reserve(static_cast<std::size_t>(to));
  for (int i = 0; i < to; ++i) {
    const double position = (i + 0.5) * from / to - 0.5;
    const double before = std::floor(position);
    const int near = static_cast<int>(before);
    result.push_back({std::clamp(near, 0, from - 1), std::clamp(near + 1, 0, from - 1),
                      static_cast<float>(position - before)});
  }
  return result;
}

}  // namespace reenact
