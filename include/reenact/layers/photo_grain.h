#pragma once

#include <opencv2/core.hpp>

namespace reenact {

/// The grain of a photo, for what is put into it that has none: noise as coarse, as strong and as coloured as
/// that of the photo's calmest place, but without the hairs, pores and edges that may lie there.
class PhotoGrain {
 public:
  /// None.
  PhotoGrain() = default;
  /// `photo` is CV_8UC3; `where`, CV_8UC1 of any size, covers the same and is above 0 where a place may be
  /// chosen. Grain is what is finer than `finest`, in pixels of the photo, and calm is where little is
  /// coarser than twice that. There is none where `where` holds no place of 48×48 pixels that is not clipped.
  PhotoGrain(const cv::Mat& photo, const cv::Mat& where, double finest);

  /// B, G, R of 255, to be added at a pixel of the photo.
  cv::Vec3f at(int x, int y) const;

  /// As much of it, in [0,1].
  PhotoGrain& operator*=(double share);

 private:
  cv::Mat tile_;  ///< CV_32FC3; its borders fit each other
};

/// For what is put where the photo shows none of its background, worked out on a smaller photo, whose grain
/// is gone. `background`, CV_8UC1 of the smaller size, is above 0 where the background is seen. There is no
/// grain where it is as large as the photo.
PhotoGrain plate_grain(const cv::Mat& photo, const cv::Mat& background);

}  // namespace reenact
