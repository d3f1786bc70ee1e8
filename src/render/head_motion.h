#pragma once

#include <Eigen/Core>

#include "reenact/core/pose.h"

namespace reenact {

/// Where a head is in its model, in cm.
struct HeadAnchor {
  Eigen::Vector3d centre = Eigen::Vector3d::Zero();  ///< between the ears
  double chin_height = 0;                            ///< y
};

/// Image plane maps, as f(x) = linear·x + offset.
struct RigidMotion {
  Eigen::Matrix2d flow_linear;  ///< backward flow in pixels of the plane's point seen at pixel x
  Eigen::Vector2d flow_offset;
  Eigen::RowVector2d height_linear;  ///< model y in cm of the plane's point seen at pixel x
  double height_offset;
};

/// Motion of a plane through `centre` from the source to the driver. The plane is the coronal one, tilted
/// towards the two viewers so that neither sees it on edge; should one see it so all the same (from behind),
/// the motion is that of `centre`.
RigidMotion plane_motion(const Eigen::Vector3d& centre, const Pose& source, const Pose& driver);

/// Motion of hair, which is a ball's outline rather than a plane: it shifts and rolls with the head and grows
/// as it nears, but does not get narrower as the head turns. The rotation is the one nearest to `plane`'s
/// linear part (polar decomposition). A photo from the side shows the hair of a cheek and the back of the
/// head instead, which move as `plane` does, the motion of a plane through `centre`.
RigidMotion hair_motion(const RigidMotion& plane, const Eigen::Vector3d& centre, const Pose& source,
                        const Pose& driver);

/// How far the base of the neck goes from the source to the driver when the torso makes `share` of the way of
/// the head's lower end, in pixels. Turning the head does not move it.
Eigen::Vector2d torso_shift(double chin_height, const Pose& source, const Pose& driver, double share);

}  // namespace reenact
