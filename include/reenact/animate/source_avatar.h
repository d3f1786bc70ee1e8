#pragma once

#include <opencv2/core.hpp>
#include <optional>
#include <vector>

#include "reenact/animate/hidden_sides.h"
#include "reenact/core/crop.h"
#include "reenact/core/lid_gaps.h"
#include "reenact/eyes/eye_rig.h"
#include "reenact/eyes/opened_lids.h"
#include "reenact/fit/face_fitter.h"
#include "reenact/infer/generator.h"
#include "reenact/infer/segmenter.h"
#include "reenact/layers/split_photo.h"
#include "reenact/mouth/driver_mouth.h"
#include "reenact/render/conditioning.h"
#include "reenact/render/landmark_conditioning.h"
#include "reenact/track/landmark_locator.h"

namespace reenact {

/// What of the photo is shown in the output.
struct SourceOptions {
  bool crop_only =
      false;  ///< the square around the face, as far as the photo shows it, instead of the whole photo
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

/// The square of a photo that shows most of `crop`: beyond the photo's border there is nothing to show.
CropSquare square_within(cv::Size photo, const CropSquare& crop);

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
  /// What the generator knows of the source; nothing where it draws portraits and there are no layers.
  const SourceState& state() const { return state_; }
  /// What it knows of the eyes; nothing where it paints none, or none at the canvas's resolution.
  const WindowsState& eyes_state() const { return eyes_state_; }
  /// Only where it paints eyes that the photo shows shut.
  const std::optional<OpenedLids>& opened_lids() const { return opened_lids_; }
  /// The model by which windows at the eyes are rendered.
  const FaceModel& model_at_eyes() const { return opened_lids_ ? opened_lids_->model() : model_; }
  /// The photo's own state, its pose in photo pixels.
  FaceState state_in_photo() const { return {fit_.identity, fit_.expression, fit_.gaze, fit_.pose}; }
  /// A state in pixels of the canvas, from one in photo pixels.
  FaceState state_in_canvas(const FaceState& state_in_photo) const;
  const EyeRig& eyes() const { return eyes_; }
  /// How far the eyes are open in the photo.
  const LidGaps& lid_gaps() const { return lid_gaps_; }
  /// Where the head is in the canvas.
  const PhotoHead& head() const { return head_; }
  /// What the photo hides of the head's sides, to be drawn at the network's size.
  HiddenSides hidden_sides(int network_size) const;
  /// What a driver's mouth is painted on.
  MouthPhoto mouth_photo() const;

 private:
  Eigen::Vector2d canvas_from_photo(const Eigen::Vector2d& position) const;
  /// What a generator that draws portraits is told of the person, and that of the others.
  SourceState drawn_source(const cv::Mat& photo, const Generator& generator) const;
  SourceState moved_source(const cv::Mat& photo, const Generator& generator) const;
  /// How much the person covers of a square of the canvas, CV_8UC3 of so many pixels a side, three times the
  /// same. Only with layers.
  cv::Mat alpha_in(const CropSquare& square, int size) const;
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
  WindowsState eyes_state_;
  std::optional<OpenedLids> opened_lids_;
  EyeRig eyes_;
  LidGaps lid_gaps_;
};

}  // namespace reenact
