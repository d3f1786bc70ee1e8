#pragma once

#include <memory>
#include <vector>

#include "reenact/core/crop.h"
#include "reenact/core/face_model.h"
#include "reenact/render/conditioning.h"
#include "reenact/render/generated_frame.h"

namespace reenact {

/// A square around the crop of `crop_size` pixels, with pixels of the same size, in which a person moves
/// before a background that rests.
struct PersonWindow {
  int crop_size = 0;
  int margin() const { return crop_size / 4; }  ///< pixels around the crop
  int size() const { return crop_size + 2 * margin(); }
  int cells() const;  ///< a side of the grid that the flow is solved on, 2×2 pixels a cell
  /// Where the window lies, in the units of `crop`.
  CropSquare around(const CropSquare& crop) const;
};

/// How a person's pixels move, on a PersonWindow.
struct PersonMotion {
  std::vector<float> flow;   ///< 2 planes of the window, backward flow in pixels
  std::vector<float> reach;  ///< 1 plane of the crop: 1 on the mesh, 0 far from it
};

/// The second extension of the flow. Where the photo is taken apart, the flow need not come to rest at the
/// silhouette: the background does not follow it. Everything above the chin and beside the head is pulled to
/// the motion of hair, the torso to its own small shift (render/head_motion.h); the flow is zero on the
/// window's border.
class PersonFlow {
 public:
  /// `source` and `torso_share` are what the ConditioningRenderer for `crop_size` pixels was made with.
  /// `held` are two planes of the window's cells: 1 where the person is cut off by the photo's border, so
  /// that the flow's x, in the first, or its y, in the second, has to be zero; 0 elsewhere. `resting` is a
  /// plane of theirs, 1 where neighbours are, who do not move. Throws InputError when they have another size.
  PersonFlow(const FaceModel& model, const FaceState& source, int crop_size, double torso_share,
             std::vector<float> held, const std::vector<float>& resting);
  ~PersonFlow();
  PersonFlow(PersonFlow&&) noexcept;
  PersonFlow& operator=(PersonFlow&&) noexcept;

  /// Extends the flow of `maps`, the conditioning maps of a driver in this pose. Valid until the next call,
  /// and does not depend on earlier ones.
  const PersonMotion& extend(const ConditioningMaps& maps, const Pose& driver);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// What is to be drawn in the window: `frame`, generated from `maps`, with the person's motion. The
/// generator's own flow, weight and colour show on the mesh and fade beside it.
GeneratedFrame in_window(const GeneratedFrame& frame, const ConditioningMaps& maps,
                         const PersonMotion& motion);

/// A plane of the crop in the window, `value` around it.
std::vector<float> plane_in_window(const std::vector<float>& plane, const PersonWindow& window, float value);

}  // namespace reenact
