#pragma once

#include <Eigen/Core>
#include <string>

#include "reenact/core/face_model.h"

namespace reenact {

/// Whether an expression is one of mouth, cheeks and nose. The jaw and the closing of the lips, which are set
/// by openings, are not.
bool shapes_mouth(const std::string& expression);

/// For each expression: by how many centimetres the corners of the mouth move apart at weight 1.
Eigen::VectorXd mouth_widening(const FaceModel& model);

}  // namespace reenact
