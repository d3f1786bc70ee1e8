#include "reenact/animate/retarget.h"

#include <algorithm>
#include <cmath>

#include "reenact/core/error.h"
#include "reenact/core/smoothstep.h"

namespace reenact {
namespace {

constexpr double exact_shift_cm = 4.0;
constexpr double greatest_shift_cm = 8.0;
const double exact_log_scale = std::log(1.10);
const double greatest_log_scale = std::log(1.25);

/// x up to `exact`, then bent smoothly towards `greatest`; x is not negative.
double compress(double x, double exact, double greatest) {
  const double room = greatest - exact;
  return x <= exact ? x : exact + room * std::tanh((x - exact) / room);
}

/// Weights of a retargeted face. Photo and driver seldom rest in the same expression, so that a change that
/// starts from the photo's leaves the fit's range of 0 to 1; cut off there it would lose a tenth of the
/// driver's movement. A weight a little below 0 moves the face as far the other way, which its expressions
/// still do gracefully.
constexpr double least_weight = -0.3;
constexpr double greatest_weight = 1.3;

/// A driver's eye that is nearly shut in the reference frame says nothing about how far the source's should
/// open.
constexpr double least_reference_eye = 0.05;
constexpr double greatest_eye_ratio = 1.6;
/// Gaps up to the first ratio are followed exactly, wider ones bent towards the second: a reference frame in
/// which the driver squints would tear the source's eyes open.
constexpr double exact_gap_ratio = 1.05;
constexpr double greatest_gap_ratio = 1.28;
/// A source's eye that is nearly shut in the photo is not opened by a multiple of that.
constexpr double least_source_eye = 0.01;
/// Two eyes whose ratios differ by less than the first are pulled most of the way to their mean; by more than
/// the first and the second together, not at all.
constexpr double wink_difference = 0.15;
constexpr double wink_fade = 0.25;
constexpr double eye_coupling = 0.75;
/// Only an eye that is more open than this, fully so over the further ratio, looks on while the other winks.
/// Of 39 drivers whose eyes seem to wink two do, and their other eye is as open as usual.
constexpr double least_looking_on = 0.8;
constexpr double looking_on_fade = 0.2;
/// From the first turn of the head on, over the further one, the nearer eye counts for both: the lids of the
/// farther one are guessed by the landmarks, and differ in 26 of those drivers.
constexpr double turned_from_deg = 12;
constexpr double turned_fade_deg = 20;
/// Below this mean ratio both eyes blink, and over the further one do not: lids are seen open when they are
/// shut rather than the other way round, so that the eye that is more shut is believed.
constexpr double blink_ratio = 0.25;
constexpr double blink_fade = 0.3;
/// Farther the iris leaves the opening between the lids.
constexpr double greatest_gaze_yaw_rad = 0.75;

MotionStrength with_gains(MotionStrength strength, MotionMode mode) {
  if (mode == MotionMode::absolute) return strength;
  strength.mouth *= mouth_gain;
  strength.brows *= brow_gain;
  return strength;
}

/// Share of the reference's opening that a measured gap stands for.
double opening_share(double gap, double reference_gap) {
  return compress(lid_opening(gap, reference_gap), exact_gap_ratio, greatest_gap_ratio);
}

/// Shares of the reference's opening from measured gaps of a head that is turned to its left by `yaw_deg`.
LidRatios ratios_of_gaps(const LidGaps& now, const LidGaps& reference, double yaw_deg) {
  const double right = opening_share(now.right_eye, reference.right_eye);
  const double left = opening_share(now.left_eye, reference.left_eye);
  const double turned = smoothstep((std::abs(yaw_deg) - turned_from_deg) / turned_fade_deg);
  const double of_right = 0.5 + std::copysign(0.5 * turned, yaw_deg);
  const double mean = of_right * right + (1 - of_right) * left;
  const double open = std::max(right, left);
  const double shut = std::min(right, left);
  const double wink = (1 - turned) * smoothstep((open - shut - wink_difference) / wink_fade) *
                      smoothstep((open - least_looking_on) / looking_on_fade);
  const double blink = (1 - turned) * (1 - smoothstep((mean - blink_ratio) / blink_fade));
  const double both = mean + blink * (shut - mean);
  const double pull = (1 - wink) * std::max(turned, eye_coupling + (1 - eye_coupling) * blink);
  return {right + pull * (both - right), left + pull * (both - left)};
}

void limit_yaw(Gaze& gaze) {
  for (Eigen::Vector2d* eye : {&gaze.right, &gaze.left}) {
    eye->x() = std::clamp(eye->x(), -greatest_gaze_yaw_rad, greatest_gaze_yaw_rad);
  }
}

}  // namespace

Retargeter::Retargeter(const FaceModel& model, const FaceFit& source, const MotionFrame& reference,
                       MotionMode mode, ShiftLimit limit, const std::optional<LidGaps>& source_gaps,
                       const MotionStrength& strength)
    : gauge_(model),
      source_(source),
      source_openings_(gauge_.measure(source.identity, source.expression)),
      reference_(reference),
      mode_(mode),
      limit_(limit),
      source_gaps_(source_gaps),
      strength_(with_gains(strength, mode)),
      expression_strengths_(expression_strengths(strength_, model.expression_names)) {
  if (source.expression.size() != reference.expression.size()) {
    throw InputError("the motion has " + std::to_string(reference.expression.size()) +
                     " expression weights where the face model has " +
                     std::to_string(source.expression.size()) + "; it was recorded with another face model");
  }
  if (mode == MotionMode::relative) {
    grin_.emplace(model, source.expression, reference.expression);
    if (strength.mouth <= 1) width_.emplace(model, source.expression);
  }
}

FaceState Retargeter::retarget(const MotionFrame& driver) const {
  FaceState state;
  state.identity = source_.identity;
  double log_scale = strength_.pose * std::log(driver.pose.scale / reference_.pose.scale);
  Eigen::Vector2d shift_cm =
      strength_.pose * (driver.pose.translation - reference_.pose.translation) / reference_.pose.scale;
  if (limit_ == ShiftLimit::torso) {
    log_scale = std::copysign(compress(std::abs(log_scale), exact_log_scale, greatest_log_scale), log_scale);
    const double length_cm = shift_cm.norm();
    if (length_cm > 0) shift_cm *= compress(length_cm, exact_shift_cm, greatest_shift_cm) / length_cm;
  }
  state.pose.scale = source_.pose.scale * std::exp(log_scale);
  state.pose.translation = source_.pose.translation + shift_cm * source_.pose.scale;

  const bool absolute = mode_ == MotionMode::absolute;
  const Eigen::Quaterniond rotation =
      absolute ? driver.pose.rotation
               : driver.pose.rotation * reference_.pose.rotation.conjugate() * source_.pose.rotation;
  state.pose.rotation = source_.pose.rotation.slerp(strength_.pose, rotation).normalized();

  Eigen::VectorXd expression = source_.expression + expression_change(driver);
  if (grin_) expression -= grin_->given_way() * grin_->weights();
  if (width_) expression = width_->held(expression, driver.expression);
  state.expression = gauge_.with_openings(
      source_.identity, expression.cwiseMax(least_weight).cwiseMin(greatest_weight), openings_for(driver));

  const Gaze& ahead = absolute ? source_.gaze : reference_.gaze;
  state.gaze.right = source_.gaze.right + strength_.eyes * (driver.gaze.right - ahead.right);
  state.gaze.left = source_.gaze.left + strength_.eyes * (driver.gaze.left - ahead.left);
  if (!absolute) limit_yaw(state.gaze);
  return state;
}

Eigen::VectorXd Retargeter::expression_change(const MotionFrame& driver) const {
  const Eigen::VectorXd& neutral = mode_ == MotionMode::absolute ? source_.expression : reference_.expression;
  return expression_strengths_.cwiseProduct(driver.expression - neutral);
}

void Retargeter::follow_mouth(const MotionFrame& driver, double time_s) {
  if (grin_) grin_->follow(expression_change(driver), time_s);
}

FaceOpenings Retargeter::openings_for(const MotionFrame& driver) const {
  const auto towards = [](double source, double target, double strength) {
    return std::max(source + strength * (target - source), 0.0);
  };
  const FaceOpenings& now = driver.openings;
  const double mouth = towards(source_openings_.mouth, std::max(now.mouth, 0.0), strength_.mouth);
  if (mode_ == MotionMode::absolute && !(driver.lid_gaps && gaps_at_rest())) {
    return {mouth, towards(source_openings_.right_eye, now.right_eye, strength_.eyes),
            towards(source_openings_.left_eye, now.left_eye, strength_.eyes)};
  }
  const LidRatios lids = lid_ratios(driver);
  return {mouth, source_openings_.right_eye * lids.right_eye, source_openings_.left_eye * lids.left_eye};
}

LidRatios Retargeter::lid_ratios(const MotionFrame& driver) const {
  const LidRatios followed = followed_lid_ratios(driver);
  const auto scaled = [&](double ratio) {
    const bool widened = ratio > 1 && mode_ == MotionMode::relative;
    const double strength = strength_.eyes * (widened ? lid_widening_gain : 1.0);
    return std::clamp(1 + strength * (ratio - 1), 0.0, std::max(ratio, greatest_eye_ratio));
  };
  return {scaled(followed.right_eye), scaled(followed.left_eye)};
}

LidRatios Retargeter::followed_lid_ratios(const MotionFrame& driver) const {
  if (driver.lid_gaps && gaps_at_rest()) {
    return ratios_of_gaps(*driver.lid_gaps, *gaps_at_rest(), head_angles(driver.pose.rotation).yaw_deg);
  }
  const bool absolute = mode_ == MotionMode::absolute;
  const FaceOpenings& then = absolute ? source_openings_ : reference_.openings;
  const double least = absolute ? least_source_eye : least_reference_eye;
  const auto ratio = [least](double now, double reference) {
    return std::min(std::max(now, 0.0) / std::max(reference, least), greatest_eye_ratio);
  };
  return {ratio(driver.openings.right_eye, then.right_eye), ratio(driver.openings.left_eye, then.left_eye)};
}

}  // namespace reenact
