#include "reenact/animate/retarget.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "reenact/core/error.h"

namespace reenact {
namespace {

/// Weights of squared differences between a driver frame and the photo (angles in radians, openings over the
/// eye distance): a head turned by 17 degrees counts as much as a mouth that differs by a tenth. Eyes count
/// less, because some people's are narrower.
constexpr double rotation_importance = 1.0;
constexpr double mouth_importance = 9.0;
constexpr double eye_importance = 15.0;
constexpr double expression_importance = 0.3;
constexpr double gaze_importance = 0.5;
/// The same between a driver frame and the middle of the driver's movement; shifts in centimetres.
constexpr double turn_importance = 4.0;
constexpr double shift_importance = 0.005;

constexpr double exact_shift_cm = 4.0;
constexpr double greatest_shift_cm = 8.0;
const double exact_log_scale = std::log(1.10);
const double greatest_log_scale = std::log(1.25);

/// x up to `exact`, then bent smoothly towards `greatest`; x is not negative.
double compress(double x, double exact, double greatest) {
  const double room = greatest - exact;
  return x <= exact ? x : exact + room * std::tanh((x - exact) / room);
}

/// A driver's eye that is nearly shut in the reference frame says nothing about how far the source's should
/// open.
constexpr double least_reference_eye = 0.05;
constexpr double greatest_eye_ratio = 1.6;

double square(double x) { return x * x; }

}  // namespace

Retargeter::Retargeter(const FaceModel& model, const FaceFit& source, const MotionFrame& reference,
                       MotionMode mode, ShiftLimit limit)
    : gauge_(model),
      source_(source),
      source_openings_(gauge_.measure(source.identity, source.expression)),
      reference_(reference),
      mode_(mode),
      limit_(limit) {
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
    state.gaze = driver.gaze;
    state.expression = gauge_.with_openings(source_.identity, driver.expression, openings_for(driver));
    return state;
  }
  state.pose.rotation =
      (driver.pose.rotation * reference_.pose.rotation.conjugate() * source_.pose.rotation).normalized();
  const Eigen::VectorXd expression =
      (source_.expression + driver.expression - reference_.expression).cwiseMax(0.0).cwiseMin(1.0);
  state.expression = gauge_.with_openings(source_.identity, expression, openings_for(driver));
  state.gaze.right = source_.gaze.right + driver.gaze.right - reference_.gaze.right;
  state.gaze.left = source_.gaze.left + driver.gaze.left - reference_.gaze.left;
  return state;
}

FaceOpenings Retargeter::openings_for(const MotionFrame& driver) const {
  const auto eye = [](double source, double now, double reference) {
    const double ratio = std::max(now, 0.0) / std::max(reference, least_reference_eye);
    return source * std::min(ratio, greatest_eye_ratio);
  };
  const FaceOpenings& now = driver.openings;
  const FaceOpenings& then = reference_.openings;
  if (mode_ == MotionMode::absolute) return now;
  return {std::max(now.mouth, 0.0), eye(source_openings_.right_eye, now.right_eye, then.right_eye),
          eye(source_openings_.left_eye, now.left_eye, then.left_eye)};
}

std::size_t best_reference(const FaceFit& source, const FaceOpenings& source_openings,
                           const std::vector<const MotionFrame*>& frames) {
  const auto usable = [&](const MotionFrame& frame) {
    return frame.tracked && frame.expression.size() == source.expression.size();
  };
  Eigen::Vector4d rotation_sum = Eigen::Vector4d::Zero();
  Eigen::Vector2d translation_sum = Eigen::Vector2d::Zero();
  double count = 0;
  for (const MotionFrame* frame : frames) {
    if (!usable(*frame)) continue;
    const Eigen::Vector4d q = frame->pose.rotation.coeffs();
    rotation_sum += rotation_sum.dot(q) < 0 ? Eigen::Vector4d(-q) : q;
    translation_sum += frame->pose.translation;
    ++count;
  }
  if (count == 0) throw InputError("the motion has no tracked frame that fits the face model");
  const Eigen::Quaterniond middle_rotation(rotation_sum.normalized());
  const Eigen::Vector2d middle_translation = translation_sum / count;

  const auto mismatch = [&](const MotionFrame& frame) {
    return rotation_importance * square(source.pose.rotation.angularDistance(frame.pose.rotation)) +
           mouth_importance * square(source_openings.mouth - frame.openings.mouth) +
           eye_importance * (square(source_openings.right_eye - frame.openings.right_eye) +
                             square(source_openings.left_eye - frame.openings.left_eye)) +
           expression_importance * (source.expression - frame.expression).squaredNorm() +
           gaze_importance * ((source.gaze.right - frame.gaze.right).squaredNorm() +
                              (source.gaze.left - frame.gaze.left).squaredNorm()) +
           turn_importance * square(middle_rotation.angularDistance(frame.pose.rotation)) +
           shift_importance *
               ((middle_translation - frame.pose.translation) / frame.pose.scale).squaredNorm();
  };
  std::size_t best = frames.size();
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (!usable(*frames[i])) continue;
    const double value = mismatch(*frames[i]);
    if (best == frames.size() || value < least) {
      best = i;
      least = value;
    }
  }
  return best;
}

}  // namespace reenact
