#pragma once

#include <opencv2/core.hpp>
#include <optional>

#include "reenact/app/landmark_locator.h"
#include "reenact/compose/compositor.h"
#include "reenact/core/crop.h"
#include "reenact/fit/face_fitter.h"
#include "reenact/infer/generator.h"
#include "reenact/render/conditioning.h"

namespace reenact {

/// Square around head, hair and neck in image pixels: 1.6 times the head's height, so that the head can
/// move without touching the border. It may reach beyond the picture.
CropSquare head_crop(const FaceModel& model, const FaceFit& fit);

/// What of the photo is shown in the output.
struct SourceOptions {
  bool crop_only = false;  ///< the face square instead of the whole photo
  int size = 0;            ///< longer side of the output in pixels; 0 keeps the photo's own resolution
};

/// A source person, prepared once: the fitted face, the network's state and the picture to warp.
class SourceAvatar {
 public:
  /// `landmarks` are in the pixels of `photo` (8-bit BGR). Runs the generator's heavy part.
  SourceAvatar(const cv::Mat& photo, const Landmarks& landmarks, const FaceModel& model,
               const FaceFitter& fitter, Generator& generator, const SourceOptions& options);

  /// The fit, pose in photo pixels.
  const FaceFit& fit() const { return fit_; }
  const CropSquare& crop() const { return crop_; }
  /// What the output shows before anything moves; its size is the output's size.
  const cv::Mat& canvas() const { return canvas_; }

  /// Conditioning maps of a state whose pose is in photo pixels; valid until the next call.
  const ConditioningMaps& maps(const FaceState& state_in_photo);

  /// The finished picture; valid until the next call.
  const cv::Mat& compose(const GeneratedFrame& frame) { return compositor_->compose(frame); }

 private:
  FaceFit fit_;
  CropSquare crop_;
  int network_size_;
  cv::Mat canvas_;
  std::optional<ConditioningRenderer> renderer_;
  std::optional<Compositor> compositor_;
};

}  // namespace reenact
