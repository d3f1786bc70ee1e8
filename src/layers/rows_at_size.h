#pragma once

#include <opencv2/core.hpp>
#include <vector>

namespace reenact {

/// Reads a picture (CV_32F, any number of channels) row by row as if it had another size, bilinearly between
/// the centres of its pixels. The picture must outlive it.
class RowsAtSize {
 public:
  RowsAtSize(const cv::Mat& picture, cv::Size size);

  /// Writes the channels of each pixel of row `y` to `values`; `between` is scratch memory.
  void read(int y, std::vector<float>& between, float* values) const;

 private:
  struct Tap {
    int near = 0;
    int far = 0;
    float share = 0;  ///< of `far`
  };
  static std::vector<Tap> taps(int from, int to);

  const cv::Mat& picture_;
  int channels_;
  std::vector<Tap> rows_;
  std::vector<Tap> columns_;
};

}  // namespace reenact
