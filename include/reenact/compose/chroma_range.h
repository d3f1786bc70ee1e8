#pragma once

#include <array>
#include <opencv2/core.hpp>
#include <vector>

namespace reenact {

/// Which colours a picture has, apart from their brightness: its tint at every brightness (none in a grey
/// picture, brown in a sepia one) and how far its colours lie from that tint. Chroma is B − Y and R − Y with
/// the luma Y of ITU-R BT.601, in [−1, 1]. The picture is looked at 64 pixels wide, so that noise and
/// compression do not count as colours, and 0.2 % of its pixels may lie beyond each end of the range.
class ChromaRange {
 public:
  /// `picture` is 8-bit BGR and not empty.
  explicit ChromaRange(const cv::Mat& picture);

  /// Moves what lies beyond the range to its end, and leaves the rest and every luma as they are. `colour`
  /// holds planes R, G, B of `pixels` values each, 1 for white.
  void confine(float* colour, std::size_t pixels) const;

 private:
  struct Chroma {
    float blue = 0;
    float red = 0;
  };
  std::array<Chroma, 256> tint_;  ///< by luma
  Chroma lowest_;                 ///< of chroma less tint
  Chroma highest_;
};

}  // namespace reenact
