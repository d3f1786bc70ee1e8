#pragma once

#include <array>
#include <opencv2/core.hpp>
#include <optional>
#include <string>

#include "reenact/core/crop.h"
#include "reenact/core/landmarks.h"
#include "reenact/core/lid_gaps.h"
#include "reenact/eyes/eye_drawing.h"
#include "reenact/eyes/eye_pose.h"

namespace reenact {

/// Both eyes of a photo, ready to be drawn in any pose: the subject's right one, then the left. Never
/// changes.
class EyeRig {
 public:
  using Poses = std::array<std::optional<EyePose>, 2>;

  /// No eyes.
  EyeRig() = default;

  /// `canvas` is 8-bit BGR, `landmarks` and the pose of `source` are in its pixels. `model` is that of the
  /// person, whose mesh lies on the photo.
  EyeRig(const FaceModel& model, const FaceState& source, const Landmarks& landmarks, const cv::Mat& canvas);

  /// Why an eye is left to the mesh; empty for one that is drawn.
  const std::array<std::string, 2>& refusals() const { return refusals_; }

  /// True when the photo shows both eyes shut, so that their eyeballs are made up.
  bool made_up() const { return made_up_; }

  /// How far an eye whose lids are `opening` times as open as in the photo is better painted by a generator
  /// than drawn, in [0, 1]: lids that move far are, and those that the photo shows shut where they open. An
  /// eye that is not drawn is not painted either.
  float painted_share(EyeSide side, double opening) const;

  /// Poses of the eyes that are drawn. `state` is in canvas pixels, `maps` its conditioning, `crop` the
  /// network's square in canvas pixels.
  Poses pose(const FaceModel& model, const FaceState& state, const LidRatios& lids,
             const ConditioningMaps& maps, const CropSquare& crop) const;

  /// Draws the eyes into `picture`, a frame of the size of `canvas`, inside `region`. `layer` is scratch
  /// memory.
  void draw(const Poses& poses, const cv::Mat& canvas, const FlowField& flow, const cv::Rect& region,
            EyeLayer& layer, cv::Mat& picture) const;

 private:
  void make_up_eyes(const cv::Mat& canvas, const Landmarks& landmarks, const std::array<EyeInPhoto, 2>& seen);

  std::array<std::optional<PhotoEye>, 2> eyes_;
  std::array<std::string, 2> refusals_;
  bool made_up_ = false;
  std::optional<EyePoints> points_;
  std::array<EyePoints::Eye, 2> in_photo_;
  FaceState source_;
};

}  // namespace reenact
