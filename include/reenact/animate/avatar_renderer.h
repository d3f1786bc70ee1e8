#pragma once

#include <memory>
#include <opencv2/core.hpp>
#include <optional>
#include <vector>

#include "reenact/animate/source_avatar.h"
#include "reenact/render/person_flow.h"
#include "reenact/windows/window_renderer.h"

namespace reenact {

/// What a generator is told of its windows of one kind in one frame.
struct WindowMaps {
  WindowsState source;
  RenderedWindows rendered;
  std::vector<float> shares;  ///< how far each window is shown
};

/// What a generator is told of one frame, and where it belongs.
struct FrameMaps {
  ConditioningMaps conditioning;    ///< of the mesh; empty for a generator that draws portraits
  PersonMotion person;              ///< only of the mesh, with layers
  SidePlanes sides;                 ///< of the mesh
  std::optional<WindowMaps> eyes;   ///< only for a generator that paints them, when an eye is better painted
  std::optional<WindowMaps> mouth;  ///< likewise
  LandmarkPoints landmarks;         ///< only for a generator that draws portraits
  CropSquare square;                ///< of the landmarks, in pixels of the canvas
};

/// Draws one person, frame after frame. maps() and eyes(), generate() and shade(), and the others share
/// nothing that changes, so that each of the three may run in a thread of its own.
class AvatarRenderer {
 public:
  virtual ~AvatarRenderer() = default;
  AvatarRenderer(const AvatarRenderer&) = delete;
  AvatarRenderer& operator=(const AvatarRenderer&) = delete;

  /// Maps of a state whose pose is in photo pixels and whose lids are open so far. `mouth_share` is how far
  /// the generator is to paint an opened mouth.
  virtual FrameMaps maps(const FaceState& state_in_photo, const LidRatios& lids, float mouth_share) = 0;

  /// With layers the frame of a mesh spans a window around the crop.
  virtual GeneratedFrame generate(const FrameMaps& maps) const = 0;

  /// Shows another background from now on, 8-bit BGR of the canvas's size, and before it the photo at rest.
  /// Only for an avatar with layers of all of the canvas.
  virtual const cv::Mat& put_behind(const cv::Mat& background) = 0;

  /// How much the person covers each pixel of the last picture, CV_8UC1; empty without layers.
  virtual const cv::Mat& alpha() const = 0;

  /// The finished picture, of the canvas's size; valid until the next call.
  virtual cv::Mat& compose(const GeneratedFrame& frame, const EyeRig::Poses& eyes) = 0;

  /// Eyes, folds and the driver's mouth are drawn on a moved photo alone: a portrait has its own.

  /// The eyes of a state whose maps are `maps`, its pose in photo pixels.
  virtual EyeRig::Poses eyes(const FaceState& /*state_in_photo*/, const LidRatios& /*lids*/,
                             const ConditioningMaps& /*maps*/) const {
    return {};
  }
  /// Lets folds show in `frame`: `light` is a plane of the maps' size (GeneratedFrame::light).
  virtual void shade(const std::vector<float>& /*light*/, GeneratedFrame& /*frame*/) const {}
  /// Paints the driver's mouth on `picture`, which compose() made.
  virtual void paint_mouth(const DriverMouth& /*driver*/, const PlacedMouth& /*mouth*/,
                           cv::Mat& /*picture*/) const {}

 protected:
  AvatarRenderer() = default;
};

/// The renderer for the conditioning of `generator`, which prepared `avatar`. Both must outlive it.
std::unique_ptr<AvatarRenderer> make_renderer(const SourceAvatar& avatar, const Generator& generator);

}  // namespace reenact
