#pragma once

#include <opencv2/core.hpp>

#include "reenact/core/crop.h"
#include "reenact/layers/photo_layers.h"
#include "reenact/render/generated_frame.h"

namespace reenact {

/// Puts a drawn person, frame after frame, where the photo's own is.
///
/// The photo's person is taken away inside of the square in which the head would be drawn at rest, but for
/// what lies below the chin: the torso stays, and shows where the drawn one does not cover it. What is drawn
/// fades out over the outermost 1/16 of its square.
class PortraitCompositor {
 public:
  /// `photo` is 8-bit BGR at output resolution, `layers` are of all of it; both are copied. `at_rest` is the
  /// square of the photo's own landmarks and `chin` the height of the lowest, in its pixels. Throws
  /// InputError when they do not match.
  PortraitCompositor(const cv::Mat& photo, const PhotoLayers& layers, const CropSquare& at_rest, double chin);

  /// Frame's colour and alpha over the plate. The result has the photo's size and is valid until the next
  /// call. Throws ModelError when `frame` has planes of the wrong size, InputError when its square is far
  /// out of range.
  cv::Mat& compose(const GeneratedFrame& frame);

  /// What is behind the person from now on, 8-bit BGR of the photo's size, instead of the plate. The picture
  /// shows the photo at rest before it until the next compose().
  const cv::Mat& put_behind(const cv::Mat& background);

  /// How much the person covers each pixel of the picture, CV_8UC1.
  const cv::Mat& alpha() const { return alpha_; }

 private:
  /// Lays `behind` and what stays of the photo's person down anew.
  void lay_base(const cv::Mat& behind);

  PhotoLayers layers_;
  PhotoLayers torso_;  ///< what stays of the person
  cv::Mat base_;       ///< CV_8UC3: the torso before what is behind
  cv::Mat output_;
  cv::Mat alpha_;
  cv::Rect drawn_;  ///< where output and alpha differ from the base
  cv::Mat premultiplied_, warped_;
};

}  // namespace reenact
