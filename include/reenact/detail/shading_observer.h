#pragma once

#include <memory>
#include <opencv2/core.hpp>
#include <optional>

#include "reenact/core/face_model.h"
#include "reenact/core/skin_shading.h"
#include "reenact/render/conditioning.h"

namespace reenact {

/// Sees how the folds of a driver's skin are lit, against a keyframe of the same person: the expression ratio
/// image (Liu, Shan, Zhang, SIGGRAPH 2001), which tells of wrinkles that no warp shows.
///
/// Both frames are unwrapped to the mean face seen from the front and aligned by optical flow (dense inverse
/// search: Kroeger et al., ECCV 2016). The log of the ratio of their lumas loses its median and what is wider
/// than about 2 cm, which is the light of the room. It is believed where both frames show the skin and no
/// hair hangs into the face, and less where the keyframe has strong edges, which a small misalignment would
/// turn into folds, and where the frames differ by more than folds make: there is a hand, hair or a hard
/// shadow.
class ShadingObserver {
 public:
  /// `model` must outlive the observer. Throws ModelError when it has no mesh468 landmarks.
  explicit ShadingObserver(const FaceModel& model);
  ~ShadingObserver();

  /// `view` is an 8-bit grey picture of a face, at least 16 pixels a side, and `state` its fit in the
  /// picture's pixels. Frames are compared with this one from now on.
  void set_keyframe(const cv::Mat& view, const FaceState& state);

  /// The same of another frame, with the keyframe's identity (`state.identity` is not read). Nothing before
  /// there is a keyframe.
  std::optional<SkinShading> observe(const cv::Mat& view, const FaceState& state);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace reenact
