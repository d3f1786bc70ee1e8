#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

namespace reenact {

/// Reads pictures row by row as if they had another size, between the centres of their pixels.
class RowsAtSize {
 public:
  RowsAtSize(cv::Size from, cv::Size to);

  /// Writes the channels of the pixels `columns` of row `y` to `values`, bilinearly, from a picture of CV_32F
  /// and any number of channels; `between` is scratch memory.
  void read(const cv::Mat& picture, int y, const cv::Range& columns, std::vector<float>& between,
            float* values) const;

  /// For all pixels of row `y`, the label that the four pixels around each have (CV_8UC1), or 0 where they
  /// differ.
  void read_labels(const cv::Mat& labels, int y, std::vector<std::uint8_t>& result) const;

 private:
  struct Tap {
    int near = 0;
    int far = 0;
    float share = 0;  ///< of `far`
  };
  static std::vector<Tap> taps(int from, int to);

  std::vector<Tap> rows_;
  std::vector<Tap> columns_;
};

}  // namespace reenact
