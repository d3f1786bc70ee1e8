#pragma once

#include <opencv2/core.hpp>

#include "reenact/layers/photo_grain.h"
#include "reenact/mouth/mouth_placer.h"
#include "reenact/mouth/mouth_tone.h"
#include "reenact/mouth/own_teeth.h"

namespace reenact {

/// How the pixels of a canvas relate to the photo and to the face.
struct CanvasScale {
  double per_photo_pixel = 1;  ///< canvas pixels for one of the photo
  double per_face = 1;         ///< 1 where the head's crop is 512 canvas pixels wide
};

/// Pixels of a canvas of size `canvas` that painting a mouth changes; empty when it lies outside.
cv::Rect painted_box(const PlacedMouth& mouth, const CanvasScale& scale, cv::Size canvas);

/// The lips of a photo.
struct LipPicture {
  cv::Mat picture;         ///< 8-bit BGR, of the canvas before anything moves
  Eigen::Matrix2Xd inner;  ///< 2×80 in its pixels, as the outer edge (mouth/lip_contour.h)
  Eigen::Matrix2Xd outer;
};

/// The photo in which mouths are painted, on the canvas.
struct MouthSetting {
  CanvasScale scale;
  bool shows_teeth = false;
  PhotoGrain grain;  ///< of its skin
  LipPicture lips;
  std::optional<OwnTeeth> teeth = std::nullopt;  ///< seen on the canvas before anything moves
  TeethTint driver_teeth = {};                   ///< for PlacedMouth::drawn_row
};

/// Paints the driver's mouth on `picture`, the pixels of painted_box() (8-bit BGR), between the lips of the
/// photo, which are laid anew so that they end where the driver's do.
void paint_mouth(cv::Mat& picture, const cv::Rect& box, const PlacedMouth& mouth, const MouthTone& tone,
                 const MouthSetting& setting);

/// Closes the photo's lips over its own teeth, which a shut mouth shows as a thin pale line, by `mouth.shut`.
/// Otherwise as paint_mouth().
void close_lips(cv::Mat& picture, const cv::Rect& box, const PlacedMouth& mouth, const MouthSetting& setting);

}  // namespace reenact
