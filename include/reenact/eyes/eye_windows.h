#pragma once

#include <array>
#include <memory>
#include <opencv2/core.hpp>

#include "reenact/core/face_model.h"
#include "reenact/render/conditioning.h"
#include "reenact/render/window_planes.h"

namespace reenact {

/// What a generator that paints eyes is told of one frame, and where its windows lie.
struct EyeWindows {
  WindowPlanes warped;  ///< the photo as the flow moves it, R, G, B in [0,1]
  WindowPlanes maps;    ///< planes of window_maps
  std::array<eye_window::Place, eye_window::count> places;
};

/// Renders the windows at both eyes of one photo. A window's middle is that of the eye's corners, its upright
/// direction the head's, its scale eye_window::px_per_cm.
class EyeWindowRenderer {
 public:
  /// `model` must outlive the renderer. `source` is in pixels of `canvas`, 8-bit BGR.
  EyeWindowRenderer(const FaceModel& model, const FaceState& source, const cv::Mat& canvas);
  ~EyeWindowRenderer();
  EyeWindowRenderer(EyeWindowRenderer&&) noexcept;
  EyeWindowRenderer& operator=(EyeWindowRenderer&&) noexcept;

  /// The photo's own squares of eye_window::side pixels, R, G, B in [0,1], and their maps.
  const WindowPlanes& source() const;
  const WindowPlanes& source_maps() const;

  /// Windows of a state of the same identity in canvas pixels; `shape` is ConditioningRenderer::shape() of
  /// it.
  EyeWindows render(const FaceState& state, const Eigen::Matrix3Xf& shape);
  EyeWindows render(const FaceState& state);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// How much of painted windows is shown on a canvas of so many pixels per centimetre of the face: nothing
/// where the windows would be far smaller than they are, or would lack the canvas's detail.
float shown_share(float canvas_px_per_cm);

/// The same for lids that are `opening` times as open as in the photo. Drawn eyes are as near to the truth as
/// painted ones between 0.75 and 1.3, and sharper; in blinks painted ones are nearer by an eighth.
float moved_share(float opening);

/// Blends both windows into an 8-bit BGR picture, inside `region`.
void paste_eye_windows(const PaintedWindows& painted,
                       const std::array<eye_window::Place, eye_window::count>& places, const cv::Rect& region,
                       cv::Mat& picture);

}  // namespace reenact
