#pragma once

#include "reenact/core/face_model.h"
#include "reenact/fit/visible_landmarks.h"
#include "reenact/render/conditioning.h"

namespace reenact {

/// The visible landmarks of a face in this state, 2×68 in the pixels of its pose.
inline Eigen::Matrix2Xd landmarks_of(const FaceModel& model, const VisibleLandmarks& landmarks,
                                     const FaceState& state) {
  const Eigen::Matrix3Xf shape = shape_face(model, state.identity, state.expression, state.gaze);
  return landmarks.find(project(state.pose, shape), state.pose);
}

}  // namespace reenact
