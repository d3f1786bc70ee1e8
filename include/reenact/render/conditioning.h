#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <vector>

#include "reenact/core/crop.h"
#include "reenact/core/face_model.h"
#include "reenact/core/pose.h"
#include "reenact/render/rasterizer.h"

namespace reenact {

/// Planes of the conditioning `mesh-v1`, channel first.
namespace conditioning {
inline constexpr const char* name = "mesh-v1";
inline constexpr int flow_x = 0;      ///< backward flow: where to read the source, minus here, in grid units
inline constexpr int flow_y = 1;      ///< (the crop spans [−1, 1], so 2/size is one pixel)
inline constexpr int coverage = 2;    ///< 1 where the mesh is
inline constexpr int visibility = 3;  ///< 1 where this surface point was visible in the source
inline constexpr int neutral = 4;     ///< 3 planes: position on the mean face in [0,1]
inline constexpr int normal = 7;  ///< 3 planes: view-space normal in [−1,1], x right, y up, z to the viewer
inline constexpr int channels = 10;
}  // namespace conditioning

/// Float planes [channels][size][size].
struct ConditioningMaps {
  int size = 0;
  std::vector<float> planes;
  float* plane(int channel) { return planes.data() + static_cast<std::size_t>(channel) * size * size; }
  const float* plane(int channel) const {
    return planes.data() + static_cast<std::size_t>(channel) * size * size;
  }
};

/// The source identity in one pose and expression.
struct FaceState {
  Eigen::VectorXd identity;
  Eigen::VectorXd expression;
  Gaze gaze;
  Pose pose;  ///< in crop pixels
};

/// Renders conditioning maps for one source person. Owns the source's side of the flow
/// (where each vertex lies in the source crop and whether it is visible there) and scratch
/// memory, so it is made once per source and called once per frame.
///
/// On the part of the mesh that the source shows the flow is that of the surface, faded to zero over the
/// last sixteenth of the crop before its border. Elsewhere it is the smoothest continuation that is zero on
/// the border pixels: also on surface points hidden in the source, whose own place there shows something
/// else. The continuation is pulled to the motion of hair near the head and above the chin: that of a ball's
/// outline, which shifts, rolls and grows with the head (of a plane through the ears for a photo from the
/// side). It is pulled to zero farther away, so that the background stays.
/// Everything off the mesh except the flow is 0.
/// A surface point counts as visible when the source's z-buffer, interpolated at its place, holds
/// nothing more than a millimetre or two before it; points outside the source crop are not visible.
class ConditioningRenderer {
 public:
  /// `model` must outlive the renderer. Throws UsageError when `size` is not in [16, 4096] and
  /// InputError when `source` is not finite or far out of range.
  /// `torso_share` is how much of the head's shift the torso makes: the base of the neck goes with it.
  ConditioningRenderer(const FaceModel& model, const FaceState& source, int size, double torso_share = 0);
  ~ConditioningRenderer();
  ConditioningRenderer(ConditioningRenderer&&) noexcept;
  ConditioningRenderer& operator=(ConditioningRenderer&&) noexcept;

  /// Maps of the source itself: zero flow.
  const ConditioningMaps& source_maps() const;

  /// Maps of `driver`, a state of the same identity (`driver.identity` is not read). The base of the
  /// neck goes with the torso, or stays where the source has it (FaceModel::head_weight). The result is valid
  /// until the next call and does not depend on earlier calls. Throws InputError when `driver` is not finite
  /// or far out of range.
  const ConditioningMaps& render(const FaceState& driver);

  /// The same with the face's shape in that state, 3×V in centimetres, as shape() gives it: renderers of one
  /// person need to compute it only once.
  const ConditioningMaps& render(const FaceState& driver, const Eigen::Matrix3Xf& shape);
  Eigen::Matrix3Xf shape(const FaceState& driver) const;

  /// The vertices in the crop's pixels, 3×V, of the last call of render().
  const Eigen::Matrix3Xf& posed_vertices() const;

  /// What each pixel of the last result of render() shows; before, of source_maps().
  const Raster& raster() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace reenact
