#pragma once

#include <Eigen/Core>
#include <vector>

#include "reenact/core/face_model.h"

namespace reenact {

/// Whether a vertex is on the skin: the outside of the face and the head.
bool is_skin(const FaceModel& model, Eigen::Index vertex);

/// `values` (N×V) where `known` holds, continued over the skin by Laplace's equation on the edges between the
/// vertices of `shape` (3×V), weighted by their lengths. What is far from there on the surface, by some 3 cm
/// and more, tends to what is known of its mirror; it is 0 where nothing is known on the same piece.
Eigen::MatrixXf continue_over_skin(const FaceModel& model, const Eigen::Matrix3Xf& shape,
                                   const std::vector<bool>& known, const Eigen::MatrixXf& values);

}  // namespace reenact
