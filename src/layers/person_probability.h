#pragma once

#include <opencv2/core.hpp>

#include "reenact/layers/split_photo.h"

namespace reenact {

/// A part of the photo, seen in a picture of `size` pixels.
struct WorkingGrid {
  cv::Rect region;
  cv::Size size;

  double pixels_per_photo_pixel() const { return static_cast<double>(size.width) / region.width; }
  /// The affine map (for cv::warpAffine) from the grid to a picture of `columns`×`rows` pixels that spans the
  /// rectangle at (left, top) of the photo, in its pixels; edges of the photo are at −0.5.
  cv::Matx23d map_to(double left, double top, double width, double height, cv::Size picture) const;
};

/// The mesh of `head` without its outermost part, as a mask on the grid.
cv::Mat head_without_margin(const PhotoHead& head, double margin_cm, const WorkingGrid& grid);

/// Probability that a pixel of the grid shows a person, CV_32FC1: of the whole photo, and of the head's
/// surroundings once more where that is much less.
cv::Mat person_probability(const cv::Mat& photo, const PhotoHead& head, const Segmentation& segmentation,
                           const WorkingGrid& grid);

/// Leaves of `probability` the person that `inner` belongs to, without small holes and without what is unsure
/// and far from what is sure. `cm` is in pixels.
void keep_person(cv::Mat& probability, const cv::Mat& inner, double cm);

}  // namespace reenact
