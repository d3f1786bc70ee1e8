#include "reenact/fit/smoother.h"

#include <Eigen/Geometry>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "reenact/core/error.h"

namespace reenact {
namespace {

constexpr double degrees = 180.0 / M_PI;
constexpr double percent = 100.0;
constexpr double millimetres_per_cm = 10.0;
/// A gap of 0.3 eye widths, that of an open eye, counts as 100 percent.
constexpr double percent_of_open_gap = percent / 0.3;
/// Blinks and lip closures last two or three frames and must keep their peak; gaze jumps within one or two.
constexpr std::array<const char*, 12> fast_expressions = {
    "eyeBlink",     "jawOpen",        "mouthClose",      "mouthPucker",
    "mouthFunnel",  "mouthPress",     "mouthRollLower",  "mouthRollUpper",
    "mouthUpperUp", "mouthLowerDown", "mouthShrugLower", "mouthShrugUpper"};
constexpr double fast_cutoff_factor = 3.0;
constexpr double fast_beta_factor = 6.0;

bool is_fast(const std::string& expression_name) {
  for (const std::string stem : fast_expressions) {
    if (expression_name == stem || expression_name == stem + "_L" || expression_name == stem + "_R")
      return true;
  }
  return false;
}

/// Smoothing factor of a first-order low-pass filter.
double low_pass_gain(double cutoff_hz, double elapsed_s) {
  const double rate = 2.0 * M_PI * cutoff_hz * elapsed_s;
  return rate / (rate + 1.0);
}

/// Rotation vector from a to b, in the frame of a.
Eigen::Vector3d turn_between(const Eigen::Quaterniond& a, const Eigen::Quaterniond& b) {
  const Eigen::AngleAxisd turn(a.conjugate() * b);
  const double angle = turn.angle() > M_PI ? turn.angle() - 2 * M_PI : turn.angle();
  return angle * turn.axis();
}

Eigen::Vector3d padded(const Eigen::Vector2d& v) { return {v.x(), v.y(), 0}; }

}  // namespace

void SmoothingOptions::validate() const {
  const auto require = [](bool ok, const char* field, const char* range) {
    if (!ok) throw UsageError(std::string("the smoothing option ") + field + " must be " + range);
  };
  require(min_cutoff_hz > 0 && std::isfinite(min_cutoff_hz), "min_cutoff_hz", "positive");
  require(beta >= 0 && std::isfinite(beta), "beta", "0 or more");
  require(derivative_cutoff_hz > 0 && std::isfinite(derivative_cutoff_hz), "derivative_cutoff_hz",
          "positive");
}

MotionSmoother::MotionSmoother(const FaceModel& model, const SmoothingOptions& options) : options_(options) {
  options_.validate();
  const auto channel = [&](double unit) {
    return Channel{options_.min_cutoff_hz, options_.beta, unit, Eigen::Vector3d::Zero()};
  };
  const auto fast_channel = [&](double unit) {
    Channel fast = channel(unit);
    fast.min_cutoff_hz *= fast_cutoff_factor;
    fast.beta *= fast_beta_factor;
    return fast;
  };
  rotation_ = channel(degrees);
  gaze_right_ = gaze_left_ = fast_channel(degrees);
  lid_gaps_ = fast_channel(percent_of_open_gap);
  scale_ = channel(percent);
  translation_ = channel(millimetres_per_cm);
  for (const std::string& name : model.expression_names) {
    expression_.push_back(is_fast(name) ? fast_channel(percent) : channel(percent));
  }
}

double MotionSmoother::gain(Channel& channel, const Eigen::Vector3d& change, double elapsed_s) const {
  const Eigen::Vector3d speed = change * (channel.unit / elapsed_s);
  channel.speed += low_pass_gain(options_.derivative_cutoff_hz, elapsed_s) * (speed - channel.speed);
  return low_pass_gain(channel.min_cutoff_hz + channel.beta * channel.speed.norm(), elapsed_s);
}

MotionFrame MotionSmoother::smooth(MotionFrame frame, double time_s) {
  if (!options_.enabled || !frame.tracked) return frame;
  if (frame.expression.size() != static_cast<Eigen::Index>(expression_.size())) {
    throw InputError("motion frame " + std::to_string(frame.index) + " has " +
                     std::to_string(frame.expression.size()) + " expressions but the face model has " +
                     std::to_string(expression_.size()));
  }
  if (last_ && !(time_s > last_->time_s)) {
    throw InputError("motion frame " + std::to_string(frame.index) +
                     " is not later than the frame before it, so the motion cannot be smoothed");
  }
  if (frame.lid_gaps) frame.lid_gaps = wink_filter_.filter(*frame.lid_gaps, time_s);
  if (!last_) {
    last_ = State{time_s, frame, frame};
    return frame;
  }
  const double elapsed_s = time_s - last_->time_s;
  const MotionFrame& raw = last_->raw;
  const MotionFrame& before = last_->smoothed;
  MotionFrame smoothed = frame;

  const double turn_share = gain(rotation_, turn_between(raw.pose.rotation, frame.pose.rotation), elapsed_s);
  smoothed.pose.rotation = before.pose.rotation.slerp(turn_share, frame.pose.rotation).normalized();

  const double growth = std::log(frame.pose.scale / raw.pose.scale);
  const double scale_share = gain(scale_, Eigen::Vector3d(growth, 0, 0), elapsed_s);
  smoothed.pose.scale = before.pose.scale * std::pow(frame.pose.scale / before.pose.scale, scale_share);

  const Eigen::Vector2d shift_cm = (frame.pose.translation - raw.pose.translation) / frame.pose.scale;
  const double shift_share = gain(translation_, padded(shift_cm), elapsed_s);
  smoothed.pose.translation += (shift_share - 1.0) * (frame.pose.translation - before.pose.translation);

  for (std::size_t i = 0; i < expression_.size(); ++i) {
    const auto e = static_cast<Eigen::Index>(i);
    const Eigen::Vector3d change(frame.expression[e] - raw.expression[e], 0, 0);
    const double share = gain(expression_[i], change, elapsed_s);
    smoothed.expression[e] = before.expression[e] + share * (frame.expression[e] - before.expression[e]);
  }

  const double right_share = gain(gaze_right_, padded(frame.gaze.right - raw.gaze.right), elapsed_s);
  smoothed.gaze.right = before.gaze.right + right_share * (frame.gaze.right - before.gaze.right);
  const double left_share = gain(gaze_left_, padded(frame.gaze.left - raw.gaze.left), elapsed_s);
  smoothed.gaze.left = before.gaze.left + left_share * (frame.gaze.left - before.gaze.left);

  if (frame.lid_gaps && raw.lid_gaps && before.lid_gaps) {
    const auto vector = [](const LidGaps& gaps) { return Eigen::Vector2d(gaps.right_eye, gaps.left_eye); };
    const Eigen::Vector2d change = vector(*frame.lid_gaps) - vector(*raw.lid_gaps);
    const double share = gain(lid_gaps_, padded(change), elapsed_s);
    const Eigen::Vector2d from = vector(*before.lid_gaps);
    const Eigen::Vector2d gaps = from + share * (vector(*frame.lid_gaps) - from);
    smoothed.lid_gaps = LidGaps{gaps.x(), gaps.y()};
  }

  last_ = State{time_s, std::move(frame), smoothed};
  return smoothed;
}

}  // namespace reenact
