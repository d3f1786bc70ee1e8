#pragma once

#include <opencv2/core.hpp>

namespace reenact {

/// The grain of a photo's background, for what is put where the photo shows none of it: that was worked out
/// on a smaller photo, whose grain is gone. A tile of it comes from the calmest place of the background.
class PlateGrain {
 public:
  /// `photo` is CV_8UC3; `background`, CV_8UC1 of any size, covers the same and is above 0 where that is
  /// seen. There is no grain where the background is as large as the photo, or shows too little of itself.
  PlateGrain(const cv::Mat& photo, const cv::Mat& background);

  /// B, G, R of 255, to be added at a pixel of the photo.
  cv::Vec3f at(int x, int y) const;

 private:
  cv::Mat tile_;  ///< CV_32FC3, laid out mirrored
};

}  // namespace reenact
