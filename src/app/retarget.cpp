#include "reenact/app/retarget.h"

#include "reenact/core/error.h"

namespace reenact {
namespace {

/// One radian of head rotation counts as much as two fully different expressions.
constexpr double rotation_importance = 4.0;
constexpr double gaze_importance = 0.5;

double expression_importance(const std::string& name) {
  const bool lips_or_lids = name.rfind("jaw", 0) == 0 || name.rfind("mouth", 0) == 0 ||
                            name.rfind("eyeBlink", 0) == 0;
  return lips_or_lids ? 1.0 : 0.3;
}

}  // namespace

Retargeter::Retargeter(const FaceFit& source, const MotionFrame& reference, MotionMode mode)
    : source_(source), reference_(reference), mode_(mode) {
  if (source.expression.size() != reference.expression.size()) {
    throw InputError("the motion has " + std::to_string(reference.expression.size()) +
                     " expression weights where the face model has " + std::to_string(source.expression.size()) +
                     "; it was recorded with another face model");
  }
}

FaceState Retargeter::retarget(const MotionFrame& driver) const {
  FaceState state;
  state.identity = source_.identity;
  const double photo_per_driver = source_.pose.scale / reference_.pose.scale;
  state.pose.scale = driver.pose.scale * photo_per_driver;
  state.pose.translation =
      source_.pose.translation + (driver.pose.translation - reference_.pose.translation) * photo_per_driver;
  if (mode_ == MotionMode::absolute) {
    state.pose.rotation = driver.pose.rotation;
    state.expression = driver.expression;
    state.gaze = driver.gaze;
    return state;
  }
  state.pose.rotation =
      (driver.pose.rotation * reference_.pose.rotation.conjugate() * source_.pose.rotation).normalized();
  state.expression =
      (source_.expression + driver.expression - reference_.expression).cwiseMax(0.0).cwiseMin(1.0);
  state.gaze.right = source_.gaze.right + driver.gaze.right - reference_.gaze.right;
  state.gaze.left = source_.gaze.left + driver.gaze.left - reference_.gaze.left;
  return state;
}

double reference_mismatch(const FaceFit& source, const MotionFrame& frame,
                          const std::vector<std::string>& expression_names) {
  const double angle = source.pose.rotation.angularDistance(frame.pose.rotation);
  double mismatch = rotation_importance * angle * angle;
  for (std::size_t i = 0; i < expression_names.size(); ++i) {
    const auto k = static_cast<Eigen::Index>(i);
    const double difference = source.expression(k) - frame.expression(k);
    mismatch += expression_importance(expression_names[i]) * difference * difference;
  }
  mismatch += gaze_importance * ((source.gaze.right - frame.gaze.right).squaredNorm() +
                                 (source.gaze.left - frame.gaze.left).squaredNorm());
  return mismatch;
}

}  // namespace reenact
