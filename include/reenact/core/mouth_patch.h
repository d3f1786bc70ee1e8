#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <vector>

namespace reenact {

/// Points along the edge of the lips: from the subject's right corner over the lower lip to the left corner
/// and back over the upper lip, evenly between the landmarks; the corners are points 0 and 40.
inline constexpr int lip_edge_points = 80;

/// Points of the face whose shape the lips do not change, which tell how a driver frame is turned and scaled.
inline constexpr int face_anchors = 21;

/// Longest side of a patch in pixels.
inline constexpr int max_patch_side = 192;

inline constexpr double largest_pixel_size = 16;  ///< MouthPatch::pixel_size

/// What one driver frame shows between the lips. All positions are pixels of the picture.
struct MouthPatch {
  std::vector<std::uint8_t> jpeg;  ///< 8-bit BGR, at most max_patch_side pixels a side
  double pixel_size = 1;      ///< of the driver frame in pixels of the picture, in [1,16]: how soft it is
  Eigen::Matrix2Xd lip_edge;  ///< 2×80: where the lips end and the inside of the mouth begins
  /// Height of the opening within `lip_edge` over that within the landmarks, in [0,2]: a face model fitted to
  /// landmarks opens the mouth too far by its inverse.
  double opening_share = 1;
  double confidence = 1;                                  ///< in [0,1]: how clearly lips and inside differ
  Eigen::Vector2d upper_teeth = Eigen::Vector2d::Zero();  ///< of this frame's own fit, not smoothed
  Eigen::Matrix2Xd anchors;                               ///< 2×21, of the smoothed fit
};

/// Colours of a driver's face, CIE Lab (L in [0,100]), medians over several frames.
struct MouthColours {
  Eigen::Vector3d skin = Eigen::Vector3d::Zero();
  Eigen::Vector3d lips = Eigen::Vector3d::Zero();
  std::optional<Eigen::Vector3d> teeth;  ///< nothing when none were seen
  double side_light =
      0;  ///< log of the L of the skin left of the mouth (subject's left) over that right of it
  double widest_opening = 0;  ///< FaceOpenings::mouth at its largest
};

}  // namespace reenact
