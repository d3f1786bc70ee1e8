#pragma once

#include "reenact/core/pose.h"

namespace reenact {

/// Scaled orthographic pose from weighted 2D–3D pairs in closed form: the affine camera of least
/// squares, then the nearest scaled rotation (the first step of POSIT, DeMenthon and Davis, IJCV 1995).
/// `points_in_model` N×3, `points_in_image` 2×N, `weights` N.
/// Throws NoFaceError when the points lie on one spot or one line, or show the face from behind.
Pose pose_from_points(const Eigen::MatrixX3f& points_in_model, const Eigen::Matrix2Xd& points_in_image,
                      const Eigen::VectorXd& weights);

}  // namespace reenact
