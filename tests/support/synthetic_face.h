#pragma once

#include "reenact/core/face_model.h"
#include "reenact/core/landmarks.h"
#include "reenact/core/pose.h"

namespace reenact::test {

/// A small valid face model made by formulas: a head of about 1100 vertices with nose, lids that
/// close over two eyeballs, lips that part in front of a mouth socket, and a neck.
/// 8 identity modes (about 3 mm each), 24 expressions with ARKit names, 68 landmark vertices and
/// 468 surface points that lie on eyes, lips, brows and face oval where the face mesh has them.
FaceModel make_synthetic_face();

/// What a perfect detector sees of `model` in this state: landmarks in pixels, with iris points for
/// LandmarkScheme::mesh468. Contour points of dlib68 stay at their vertices, as in a frontal view.
Landmarks observe(const FaceModel& model, LandmarkScheme scheme, const Eigen::VectorXd& identity,
                  const Eigen::VectorXd& expression, const Gaze& gaze, const Pose& pose);

}  // namespace reenact::test
