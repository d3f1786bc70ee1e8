#pragma once

#include <opencv2/core.hpp>

namespace reenact {

/// A part of a photo taken apart into a person and what is behind. At rest the layers make up the photo:
/// photo = person + (1 − alpha)·plate to one level, at each pixel of `region`. Outside of `region` the
/// photo holds the person no more than the background: it is not taken apart.
/// Pictures are of the region's size; 255 is 1.
struct PhotoLayers {
  cv::Rect region;  ///< pixels of the photo
  cv::Mat alpha;    ///< CV_8UC1, how much of a pixel the person covers
  cv::Mat person;   ///< CV_8UC3, B, G, R of the person, multiplied by alpha
  cv::Mat plate;    ///< CV_8UC3, B, G, R of the background, filled where the person hides it
  /// CV_8UC4, B, G, R times alpha and alpha of the rows above the region's first: the person as it may go on
  /// where the photo's border cuts it off. Empty where nothing is cut off.
  cv::Mat above{};
};

/// person + (1 − alpha)·behind, CV_8UC3. `behind` has the region's size: the plate, or another background.
/// Throws InputError when sizes or types do not match.
cv::Mat put_before(const PhotoLayers& layers, const cv::Mat& behind);

}  // namespace reenact
