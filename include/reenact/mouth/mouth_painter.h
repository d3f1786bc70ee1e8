#pragma once

#include <opencv2/core.hpp>
#include <optional>

#include "reenact/layers/photo_grain.h"
#include "reenact/mouth/mouth_placer.h"
#include "reenact/mouth/mouth_tone.h"

namespace reenact {

/// How the pixels of a canvas relate to the photo and to the face.
struct CanvasScale {
  double per_photo_pixel = 1;  ///< canvas pixels for one of the photo
  double per_face = 1;         ///< 1 where the head's crop is 512 canvas pixels wide
};

/// Of a photo that shows teeth, CIE Lab.
struct OwnTeeth {
  float lightness = 100;  ///< L
  float red = 0;          ///< a over L
  float red_of_lips = 1;  ///< likewise, greater
};

/// Pixels of a canvas of size `canvas` that painting a mouth changes; empty when it lies outside.
cv::Rect painted_box(const PlacedMouth& mouth, const CanvasScale& scale, cv::Size canvas);

/// What mouths painted in a photo are adapted to, beside its colours.
struct MouthSetting {
  CanvasScale scale;
  std::optional<OwnTeeth> own_teeth;
  PhotoGrain grain;  ///< of its skin, in canvas pixels
};

/// Paints the driver's mouth between the lips of `picture`, the pixels of painted_box() (8-bit BGR), and
/// where its lips would show those of `warped`, the same pixels of the moved photo, continued into the
/// opening. They are continued over teeth of the photo, too, that show beside the opening. Throws InputError
/// when the mouth's picture cannot be decoded.
void paint_mouth(cv::Mat& picture, const cv::Mat& warped, const cv::Rect& box, const PlacedMouth& mouth,
                 const MouthTone& tone, const MouthSetting& setting);

/// Closes the lips of `picture` over the photo's own teeth, which a shut mouth shows as a thin pale line, by
/// `mouth.shut`. Otherwise as paint_mouth().
void close_lips(cv::Mat& picture, const cv::Mat& warped, const cv::Rect& box, const PlacedMouth& mouth,
                const CanvasScale& scale, const OwnTeeth& own_teeth);

}  // namespace reenact
