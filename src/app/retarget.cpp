#include "reenact/app/retarget.h"

#include <cmath>

#include "reenact/core/error.h"

namespace reenact {
namespace {

/// One radian of head rotation counts as much as two fully different expressions.
constexpr double rotation_importance = 4.0;
constexpr double gaze_importance = 0.5;

constexpr double exact_shift_cm = 4.0;
constexpr double greatest_shift_cm = 8.0;
const double exact_log_scale = std::log(1.10);
const double greatest_log_scale = std::log(1.25);

/// x up to `exact`, then bent smoothly towards `greatest`; x is not negative.
double compress(double x, double exact, double greatest) {
  const double room = greatest - exact;
  return x <= exact ? x : exact + room * std::tanh((x - exact) / room);
}

double expression_importance(const std::string& name) {
  const bool lips_or_lids =
      name.rfind("jaw", 0) == 0 || name.rfind("mouth", 0) == 0 || name.rfind("eyeBlink", 0) == 0;
  return lips_or_lids ? 1.0 : 0.3;
}

}  // namespace

Retargeter::Retargeter(const FaceFit& source, const MotionFrame& reference, MotionMode mode, ShiftLimit limit)
    : source_(source), reference_(reference), mode_(mode), limit_(limit) {
  if (source.expression.size() != reference.expression.size()) {
    throw InputError("the motion has " + std::to_string(reference.expression.size()) +
                     " expression weights where the face model has " +
                     std::to_string(source.expression.size()) + "; it was recorded with another face model");
  }
}

FaceState Retargeter::retarget(const MotionFrame& driver) const {
  FaceState state;
  state.identity = source_.identity;
  double log_scale = std::log(driver.pose.scale / reference_.pose.scale);
  Eigen::Vector2d shift_cm = (driver.pose.translation - reference_.pose.translation) / reference_.pose.scale;
  if (limit_ == ShiftLimit::torso) {
    log_scale = std::copysign(compress(std::abs(log_scale), exact_log_scale, greatest_log_scale), log_scale);
    const double length_cm = shift_cm.norm();
    if (length_cm > 0) shift_cm *= compress(length_cm, exact_shift_cm, greatest_shift_cm) / length_cm;
  }
  state.pose.scale = source_.pose.scale * std::exp(log_scale);
  state.pose.translation = source_.pose.translation + shift_cm * source_.pose.scale;
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
