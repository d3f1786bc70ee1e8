#pragma once

#include <functional>
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <vector>

#include "reenact/core/crop.h"
#include "reenact/layers/photo_layers.h"

namespace reenact {

/// Where the head is in a photo.
struct PhotoHead {
  CropSquare crop;           ///< around the head, in pixels of the photo
  double pixels_per_cm = 0;  ///< of the photo, at the face
  cv::Mat mesh;              ///< CV_8UC1, a square that spans the crop: not 0 where the fitted mesh is
  std::vector<cv::Rect2d> other_faces;  ///< of neighbours, in pixels of the photo, from the brows to the chin
};

/// Probability in [0, 1] that a pixel shows a person, CV_32FC1 of any size, for a whole picture (CV_8UC3, B,
/// G, R).
using Segmentation = std::function<cv::Mat(const cv::Mat& picture)>;

/// How much of a photo is taken apart.
enum class SplitRegion {
  head,   ///< 1.5 × the crop, inside of black bars
  photo,  ///< all of it, so that another background can be put behind
};

/// A photo's layers, or why it has none.
struct SplitPhoto {
  std::optional<PhotoLayers> layers;
  std::string refusal;  ///< empty where there are layers
};

/// Takes a photo (CV_8UC3) apart into the person whose head it is and what is behind; other persons are
/// background, of one who touches the person at least the head. Alpha is the network's probability, which
/// decides what is surely person and surely background, refined between them by two guided filters (He, Sun,
/// Tang, PAMI 2013) and by the place of a pixel's colour between the mean colours of both sides. The plate is
/// filled with patches of the background (Wexler, Shechtman, Irani, PAMI 2007). What neither the person's
/// colour at the edge (Forte, Approximate fast foreground colour estimation, 2021) nor the plate explains is
/// hair before a plain background, and background where that is busy. All but the last step is worked out at
/// no more than 12 pixels a cm and one megapixel. Refused: a photo in which the network finds nobody at the
/// face, or that shows no background.
SplitPhoto split_photo(const cv::Mat& photo, const PhotoHead& head, const Segmentation& segmentation,
                       SplitRegion region);

/// The same for a cut-out: `alpha` (CV_8UC1) is the photo's own, and `photo` was laid over white. All of it
/// is taken apart. Refused when the face is not inside.
SplitPhoto split_photo(const cv::Mat& photo, const PhotoHead& head, const cv::Mat& alpha);

}  // namespace reenact
