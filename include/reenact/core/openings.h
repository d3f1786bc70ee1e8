#pragma once

#include <Eigen/Core>
#include <array>
#include <string>
#include <vector>

#include "reenact/core/face_model.h"

namespace reenact {

/// How far mouth and eyes are open: distance between the inner lips and between the lids, over the distance
/// between the outer eye corners, all in the model frame.
struct FaceOpenings {
  double mouth = 0;
  double right_eye = 0;  ///< the subject's right
  double left_eye = 0;
};

/// Measures openings and sets them.
///
/// The same gap between the lips is reached by different expression weights in different faces (thick lips
/// and a slightly open jaw look alike to a fit), so a difference of weights carried from one face to another
/// neither closes lips nor lids. Carrying the openings themselves does.
class OpeningGauge {
 public:
  /// A gap for which the model has none of jawOpen, mouthClose, eyeBlink and eyeWide, or which they hardly
  /// change, is measured, but not set.
  explicit OpeningGauge(const FaceModel& model);

  FaceOpenings measure(const Eigen::VectorXd& identity, const Eigen::VectorXd& expression) const;

  /// The expression nearest to `expression`, among those that differ in jaw, lip closure and lids alone, with
  /// the openings of `target`, as far as weights in [0,1] allow.
  Eigen::VectorXd with_openings(const Eigen::VectorXd& identity, Eigen::VectorXd expression,
                                const FaceOpenings& target) const;

 private:
  /// A distance in centimetres, linear in α and β.
  struct Distance {
    double mean = 0;
    Eigen::VectorXd identity;
    Eigen::VectorXd expression;
    double value(const Eigen::VectorXd& alpha, const Eigen::VectorXd& beta) const;
  };
  /// A gap and the expressions that change it, in the order in which they are used.
  struct Gap {
    Distance distance;
    std::vector<Eigen::Index> controls;
  };

  static Gap gap_between(const FaceModel& model, const std::vector<int>& lower, const std::vector<int>& upper,
                         const std::vector<std::string>& controls);
  static Distance distance_between(const FaceModel& model, const std::vector<int>& landmarks_from,
                                   const std::vector<int>& landmarks_to, int axis);

  Distance interocular_;
  std::array<Gap, 3> gaps_;  ///< mouth, right eye, left eye
};

}  // namespace reenact
