#pragma once

#include <memory>
#include <opencv2/core.hpp>
#include <opencv2/video/tracking.hpp>
#include <optional>

#include "reenact/core/crop.h"
#include "reenact/core/face_model.h"
#include "reenact/core/landmarks.h"
#include "reenact/fit/face_fitter.h"
#include "reenact/render/conditioning.h"

namespace reenact {

/// The face of one frame, small enough to be kept for every frame of a look-ahead.
struct FaceView {
  CropSquare square;  ///< around the landmarks, in pixels of the frame
  cv::Mat grey;       ///< 8-bit, face_view_size²
};
inline constexpr int face_view_size = 128;

/// A fit in the pixels of a view.
FaceState state_in_view(const FaceFit& fit, const CropSquare& square);

/// `frame` is 8-bit BGR; what lies outside it repeats its edge. Nothing when the landmarks span less than 8
/// or more than 8192 pixels.
std::optional<FaceView> face_view(const cv::Mat& frame, const Landmarks& landmarks);

/// Moves landmarks to where a keyframe of the same person says that they are. A landmark network errs by a
/// few percent of the eye distance, differently in every frame; how far the same skin has moved between two
/// frames can be seen far more exactly.
///
/// The keyframe's picture is warped into the frame by the geometric flow between the two fits; optical flow
/// (dense inverse search: Kroeger et al., ECCV 2016) from the warped picture to the frame is the fit's error;
/// and where the keyframe shows the surface, the fit's own points moved by it replace the landmarks. Optical
/// flow that leads far from where the network sees a landmark has lost its way, as it does where a mouth
/// opens wide, and the landmark stays. The face is then fitted again.
class LandmarkRefiner {
 public:
  /// `model` must outlive the refiner and have mesh468 landmarks.
  explicit LandmarkRefiner(const FaceModel& model);

  /// Frames are aligned to this one from now on.
  void set_keyframe(FaceView view, const FaceFit& fit);

  /// The landmarks of the frame seen in `view`, refined; all as they were before there is a keyframe. `fit`
  /// is that of `landmarks`, with the keyframe's identity. Iris and inner lips stay.
  Landmarks refine(const Landmarks& landmarks, const FaceView& view, const FaceFit& fit);

 private:
  const FaceModel& model_;
  cv::Ptr<cv::DISOpticalFlow> flow_search_;
  cv::Mat keyframe_;
  std::optional<ConditioningRenderer> renderer_;
};

}  // namespace reenact
