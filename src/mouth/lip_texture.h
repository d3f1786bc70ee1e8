#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "reenact/mouth/mouth_painter.h"

namespace reenact {

/// How the lips of a photo are laid on the moved photo so that they end where the driver's do: each from its
/// outer edge, which keeps its place, to that of the driver's. No warp of shut lips tells what comes in sight
/// where they part.
class LipTexture {
 public:
  /// `photo` are its lips, and `doubtful` how many of their pixels beside their inner edges
  /// may still show what lies between them, which is left out.
  LipTexture(const PlacedMouth& mouth, const LipPicture& photo, double doubtful);

  struct Laid {
    cv::Mat_<cv::Vec2f> places;        ///< where in the photo's lips pixels are read, in their pixels
    cv::Mat_<cv::Vec2f> other_places;  ///< likewise in the other lip
    cv::Mat_<float> other;             ///< share of those, up to ½ where both lips meet beside the corners
    cv::Mat_<float> share;             ///< 0 at a lip's outer edge to 1 at the inner
    cv::Mat_<float> aside;             ///< 0 in the middle of the mouth to 1 at its corners and beyond
    cv::Mat_<float> cover;             ///< in [0,1]: how far they are covered with that
  };
  /// For the pixels of `box`.
  Laid lay(const cv::Rect& box) const;

 private:
  /// One lip in one place across the mouth.
  struct Lip {
    float edge = 0;   ///< canvas pixels, away from the middle of the mouth
    float outer = 0;  ///< likewise, beyond `edge`
    cv::Vec2f photo_edge, photo_outer;
    float share_at(float height) const;  ///< Laid::share
  };
  struct Column {
    Lip upper, lower;
    float aside = 0;    ///< Laid::aside
    float cover = 1;    ///< 0 beside the corners
    float meeting = 0;  ///< half of the height over which both lips go over into each other, canvas pixels
  };
  const Column& column_at(double across) const;

  Eigen::Vector2d middle_;
  Eigen::Vector2d across_, down_;  ///< of length 1
  double first_ = 0;               ///< place across the mouth of the first of `columns_`, a pixel apart
  std::vector<Column> columns_;
};

}  // namespace reenact
