#pragma once

#include <opencv2/core.hpp>

#include "reenact/core/landmarks.h"

namespace reenact {

/// Tells the skin of a face from other colours.
class FaceSkin {
 public:
  /// From the colours of bare skin in `picture`, CV_8UC3 (B, G, R); `landmarks`: mesh468 in its pixels.
  FaceSkin(const cv::Mat& picture, const Landmarks& landmarks);

  /// Whether the pixel there has such a colour; never outside of the picture.
  bool at(const cv::Point2d& place) const;

 private:
  bool inside(const cv::Point& at) const { return cv::Rect({0, 0}, lab_.size()).contains(at); }

  cv::Mat lab_;
  cv::Vec3f mean_;
  cv::Vec3f deviation_;
};

}  // namespace reenact
