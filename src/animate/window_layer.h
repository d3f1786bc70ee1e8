#pragma once

#include <optional>
#include <vector>

#include "reenact/animate/avatar_renderer.h"
#include "reenact/windows/window_renderer.h"

namespace reenact {

/// The windows of one kind of one photo, as a generator is told of them frame after frame.
class WindowLayer {
 public:
  /// All must outlive the layer. `model` is that of the states that maps() is given.
  WindowLayer(const SourceAvatar& avatar, const FaceModel& model, const Generator& generator,
              const WindowKind& kind);

  /// Whether anything is ever shown: not where the generator does not paint these windows, or not at the
  /// canvas's resolution.
  bool shows() const { return canvas_share_ > 0; }

  /// Of a state whose pose is in photo pixels; `shape` is ConditioningRenderer::shape() of it, and each
  /// window is to be shown by its share. Nothing where none is. `known` is what the generator knows of the
  /// source, if it has been told; it is told in the first frame otherwise.
  std::optional<WindowMaps> maps(const FaceState& state_in_photo, const Eigen::Matrix3Xf& shape,
                                 std::vector<float> shares, const WindowsState* known = nullptr);

 private:
  void prepare(const WindowsState* known);

  const SourceAvatar& avatar_;
  const FaceModel& model_;
  const Generator& generator_;
  const WindowKind& kind_;
  float canvas_share_ = 0;  ///< at the canvas's resolution
  std::optional<WindowRenderer> renderer_;
  WindowsState source_;
};

}  // namespace reenact
