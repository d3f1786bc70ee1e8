#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "reenact/fit/face_fitter.h"
#include "support/synthetic_face.h"

namespace reenact::test {

/// The synthetic face, made once.
inline const FaceModel& face() {
  static const FaceModel model = make_synthetic_face();
  return model;
}

/// A face whose truth is known.
struct KnownFace {
  Eigen::VectorXd identity = Eigen::VectorXd::Zero(face().identity_count());
  Eigen::VectorXd expression = Eigen::VectorXd::Zero(face().expression_count());
  Gaze gaze;
  Pose pose{Eigen::Quaterniond::Identity(), 25.0, {320, 240}};

  Landmarks seen(LandmarkScheme scheme) const {
    return observe(face(), scheme, identity, expression, gaze, pose);
  }
};

/// The fit that `known` should give.
inline FaceFit fit_of(const KnownFace& known) {
  FaceFit fit;
  fit.pose = known.pose;
  fit.identity = known.identity;
  fit.expression = known.expression;
  fit.gaze = known.gaze;
  return fit;
}

/// Landmarks of a face when `offset` is added to the model's mean.
inline Landmarks seen_with(const KnownFace& known, const Eigen::Matrix3Xf& offset) {
  FaceModel moved = face();
  moved.mean += offset;
  return observe(moved, LandmarkScheme::mesh468, known.identity, known.expression, known.gaze, known.pose);
}

inline double& weight_of(Eigen::VectorXd& expression, const std::string& name) {
  return expression[face().expression_index(name)];
}

inline Pose turned_pose(double yaw_deg, double pitch_deg, double roll_deg) {
  return {rotation_from_angles({yaw_deg, pitch_deg, roll_deg}), 25.0, {320, 240}};
}

/// A person with a moderate shape, mouth half open, one side smiling.
inline KnownFace typical_face() {
  KnownFace known;
  known.identity << 0.8, -0.6, 0.5, 0.9, -0.7, 0.6, -0.5, 0.4;
  weight_of(known.expression, "jawOpen") = 0.5;
  weight_of(known.expression, "mouthSmile_L") = 0.7;
  weight_of(known.expression, "mouthSmile_R") = 0.4;
  weight_of(known.expression, "browInnerUp_L") = 0.6;
  weight_of(known.expression, "browInnerUp_R") = 0.6;
  known.pose = turned_pose(15, -8, 5);
  return known;
}

inline void add_noise(Landmarks& landmarks, double sigma_px, std::mt19937& random) {
  std::normal_distribution<double> noise(0.0, sigma_px);
  for (double& coordinate : landmarks.points.reshaped()) coordinate += noise(random);
}

}  // namespace reenact::test
