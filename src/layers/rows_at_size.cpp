#include "layers/rows_at_size.h"

#include <algorithm>
#include <cmath>

namespace reenact {

RowsAtSize::RowsAtSize(const cv::Mat& picture, cv::Size size)
    : picture_(picture),
      channels_(picture.channels()),
      rows_(taps(picture.rows, size.height)),
      columns_(taps(picture.cols, size.width)) {}

void RowsAtSize::read(int y, std::vector<float>& between, float* values) const {
  const Tap& down = rows_[static_cast<std::size_t>(y)];
  const auto* above = picture_.ptr<float>(down.near);
  const auto* below = picture_.ptr<float>(down.far);
  between.resize(static_cast<std::size_t>(picture_.cols * channels_));
  for (std::size_t i = 0; i < between.size(); ++i) between[i] = above[i] + down.share * (below[i] - above[i]);
  for (const Tap& tap : columns_) {
    const float* near = between.data() + static_cast<std::ptrdiff_t>(tap.near) * channels_;
    const float* far = between.data() + static_cast<std::ptrdiff_t>(tap.far) * channels_;
    for (int c = 0; c < channels_; ++c) values[c] = near[c] + tap.share * (far[c] - near[c]);
    values += channels_;
  }
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
