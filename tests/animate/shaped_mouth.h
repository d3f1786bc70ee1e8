#pragma once

#include <Eigen/Core>

#include "support/synthetic_face.h"

namespace reenact::test {

inline const FaceModel& mouth_model() {
  static const FaceModel face = make_synthetic_face();
  return face;
}

/// Weights of mouth_model().
inline Eigen::VectorXd shaped_mouth(double smile, double pucker, double jaw_open = 0) {
  Eigen::VectorXd beta = Eigen::VectorXd::Zero(mouth_model().expression_count());
  beta(mouth_model().expression_index("mouthSmile_L")) = smile;
  beta(mouth_model().expression_index("mouthSmile_R")) = smile;
  beta(mouth_model().expression_index("mouthPucker")) = pucker;
  beta(mouth_model().expression_index("jawOpen")) = jaw_open;
  return beta;
}

}  // namespace reenact::test
