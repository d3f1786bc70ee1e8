#include "animate/mouth_expressions.h"

#include "reenact/core/landmark_indices.h"

namespace reenact {

bool shapes_mouth(const std::string& expression) {
  const auto begins = [&](const char* prefix) { return expression.rfind(prefix, 0) == 0; };
  return (begins("mouth") || begins("cheek") || begins("nose")) && expression != "mouthClose";
}

Eigen::VectorXd mouth_widening(const FaceModel& model) {
  const auto [right, left] = ibug68::mouth_corners;
  Eigen::VectorXd widening(model.expression_count());
  for (Eigen::Index e = 0; e < model.expression_count(); ++e) {
    widening(e) = static_cast<double>(model.expression(3 * model.landmarks68(left), e) -
                                      model.expression(3 * model.landmarks68(right), e));
  }
  return widening;
}

}  // namespace reenact
