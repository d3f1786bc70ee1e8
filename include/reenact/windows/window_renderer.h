#pragma once

#include <memory>
#include <opencv2/core.hpp>
#include <vector>

#include "reenact/core/face_model.h"
#include "reenact/render/conditioning.h"
#include "reenact/render/window_planes.h"

namespace reenact {

/// What a generator that paints windows of one kind is told of one frame, and where they lie.
struct RenderedWindows {
  WindowPlanes warped;  ///< the photo as the flow moves it, R, G, B in [0,1]
  WindowPlanes maps;    ///< planes of window_maps
  std::vector<WindowPlace> places;
};

/// Renders the windows of one kind of one photo. A window's middle is that of the eye's corners, or of the
/// corners and the outer edges of the lips, its upright direction the head's, its scale
/// WindowKind::px_per_cm.
class WindowRenderer {
 public:
  /// `model` and `kind` must outlive the renderer. `source` is in pixels of `canvas`, 8-bit BGR.
  WindowRenderer(const FaceModel& model, const WindowKind& kind, const FaceState& source,
                 const cv::Mat& canvas);
  ~WindowRenderer();
  WindowRenderer(WindowRenderer&&) noexcept;
  WindowRenderer& operator=(WindowRenderer&&) noexcept;

  /// The photo's own squares of WindowKind::side pixels, R, G, B in [0,1], and their maps.
  const WindowPlanes& source() const;
  const WindowPlanes& source_maps() const;

  /// Windows of a state of the same identity in canvas pixels; `shape` is ConditioningRenderer::shape() of
  /// it.
  RenderedWindows render(const FaceState& state, const Eigen::Matrix3Xf& shape);
  RenderedWindows render(const FaceState& state);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace reenact
