#pragma once

#include <opencv2/core.hpp>
#include <optional>
#include <vector>

#include "reenact/animate/face_cover.h"
#include "reenact/compose/compositor.h"
#include "reenact/core/crop.h"
#include "reenact/core/lid_gaps.h"
#include "reenact/eyes/eye_rig.h"
#include "reenact/fit/face_fitter.h"
#include "reenact/infer/generator.h"
#include "reenact/infer/segmenter.h"
#include "reenact/layers/split_photo.h"
#include "reenact/mouth/driver_mouth.h"
#include "reenact/render/conditioning.h"
#include "reenact/render/person_flow.h"
#include "reenact/track/landmark_locator.h"

namespace reenact {

/// What of the photo is shown in the output.
struct SourceOptions {
  bool crop_only = false;  ///< the face square instead of the whole photo
  /// Longer side of the output in pixels; 0 keeps the photo's own resolution, nothing does too as far as
  /// players take it (playable_size).
  std::optional<int> size;
};

/// What takes a photo apart.
struct LayerSource {
  const Segmenter* segmenter = nullptr;  ///< null leaves the photo in one piece
  cv::Mat alpha;                         ///< the photo's own, or nothing
  SplitRegion region = SplitRegion::head;
  std::vector<cv::Rect2d> other_faces;  ///< in pixels of the photo, from the brows to the chin
};

/// Size of the output for a whole photo of this size; its sides are even.
cv::Size canvas_size(cv::Size photo, const std::optional<int>& longer_side);

/// A source person, prepared once: the fitted face, the network's state and the picture to warp. Never
/// changes, so that several renderers may share it.
class SourceAvatar {
 public:
  /// `landmarks` are in the pixels of `photo` (8-bit BGR). Runs the generator's heavy part.
  SourceAvatar(const cv::Mat& photo, const Landmarks& landmarks, const FaceModel& model,
               const FaceFitter& fitter, const Generator& generator, const SourceOptions& options,
               const LayerSource& layers);

  /// The fit, pose in photo pixels.
  const FaceFit& fit() const { return fit_; }
  /// The face model with this person's mean: with dense landmarks its mesh lies on the photo.
  const FaceModel& model() const { return model_; }
  /// What the output shows before anything moves; its size is the output's size.
  const cv::Mat& canvas() const { return canvas_; }

  /// The canvas taken apart, or why it is in one piece; both are empty when nothing was to take it apart.
  const std::optional<PhotoLayers>& layers() const { return split_.layers; }
  const std::string& layers_refusal() const { return split_.refusal; }

  /// Square that the network sees, in photo pixels and in pixels of the canvas.
  const CropSquare& crop() const { return crop_; }
  const CropSquare& crop_in_canvas() const { return crop_in_canvas_; }
  /// The source in the network's crop, `network_size` pixels wide.
  FaceState state_in_crop(int network_size) const;
  const SourceState& state() const { return state_; }
  /// A state in pixels of the canvas, from one in photo pixels.
  FaceState state_in_canvas(const FaceState& state_in_photo) const;
  const EyeRig& eyes() const { return eyes_; }
  /// How far the eyes are open in the photo.
  const LidGaps& lid_gaps() const { return lid_gaps_; }
  /// Where the head is in the canvas.
  const PhotoHead& head() const { return head_; }
  /// What a driver's mouth is painted on.
  MouthPhoto mouth_photo() const;

 private:
  Eigen::Vector2d canvas_from_photo(const Eigen::Vector2d& position) const;
  /// Brings the outline of the mesh onto that of the person in the layers.
  void fit_outline(const cv::Mat& photo, const Landmarks& landmarks);

  FaceFit fit_;
  FaceModel model_;
  CropSquare crop_;
  CropSquare crop_in_canvas_;
  cv::Mat canvas_;
  PhotoHead head_;
  SplitPhoto split_;
  SourceState state_;
  EyeRig eyes_;
  LidGaps lid_gaps_;
};

/// What a source's mesh says of one frame.
struct FrameMaps {
  ConditioningMaps conditioning;
  PersonMotion person;  ///< only with layers
};

/// Draws one person, frame after frame. maps() and eyes(), generate() and shade(), and the others share
/// nothing that changes, so that each of the three may run in a thread of its own.
class AvatarRenderer {
 public:
  /// Both must outlive the renderer; `generator` is the one that prepared `avatar`.
  AvatarRenderer(const SourceAvatar& avatar, const Generator& generator);

  /// Maps of a state whose pose is in photo pixels.
  FrameMaps maps(const FaceState& state_in_photo);

  /// With layers the frame spans a window around the crop.
  GeneratedFrame generate(const FrameMaps& maps) const;

  /// Lets folds show in `frame`: `light` is a plane of the maps' size (GeneratedFrame::light).
  void shade(const std::vector<float>& light, GeneratedFrame& frame) const;

  /// The eyes of a state whose maps are `maps`, its pose in photo pixels.
  EyeRig::Poses eyes(const FaceState& state_in_photo, const LidRatios& lids,
                     const ConditioningMaps& maps) const;

  /// Shows another background from now on, 8-bit BGR of the canvas's size, and before it the photo at rest.
  /// Only for an avatar with layers of all of the canvas.
  const cv::Mat& put_behind(const cv::Mat& background) { return compositor_.put_behind(background); }

  /// How much the person covers each pixel of the last picture, CV_8UC1; empty without layers.
  const cv::Mat& alpha() const { return compositor_.alpha(); }

  /// The finished picture, of the canvas's size; valid until the next call.
  cv::Mat& compose(const GeneratedFrame& frame, const EyeRig::Poses& eyes);

  /// Paints the driver's mouth on `picture`, what compose() made of `frame`.
  void paint_mouth(const GeneratedFrame& frame, const DriverMouth& driver, const PlacedMouth& mouth,
                   cv::Mat& picture) const;

 private:
  /// Square of the canvas in which things move: the network's crop, or with layers the window around it.
  CropSquare drawn_square() const;

  const SourceAvatar& avatar_;
  const Generator& generator_;
  ConditioningRenderer conditioning_;
  FaceCover face_cover_;
  PersonWindow window_;
  std::optional<PersonFlow> person_flow_;  ///< only with layers
  Compositor compositor_;
  EyeLayer eye_layer_;
};

}  // namespace reenact
