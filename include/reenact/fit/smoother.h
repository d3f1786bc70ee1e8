#pragma once

#include <Eigen/Core>
#include <optional>
#include <vector>

#include "reenact/core/motion.h"
#include "reenact/fit/wink_filter.h"

namespace reenact {

/// One-Euro filter settings (Casiez et al., CHI 2012). Speeds are in degrees, percent (expressions, scale)
/// and millimetres of the model per second.
struct SmoothingOptions {
  double min_cutoff_hz = 1.5;  ///< lower is smoother at rest
  double beta = 0.05;          ///< Hz per unit of speed; higher follows fast movement more closely
  double derivative_cutoff_hz = 1.0;
  bool enabled = true;
  void validate() const;  ///< Throws UsageError naming the field.
};

/// Causal smoothing of pose, expression, gaze and lid gaps that keeps blinks, lip closures and jumps of the
/// eyes: they get a much higher cutoff. Lids of which one lags do not wink (WinkFilter).
class MotionSmoother {
 public:
  MotionSmoother(const FaceModel& model, const SmoothingOptions& options);

  /// `time_s` must increase from call to call, and the frame must have the model's expressions;
  /// throws InputError otherwise. Frames that were not tracked pass through and leave no trace.
  MotionFrame smooth(MotionFrame frame, double time_s);

  /// Forgets what came before, at a cut.
  void reset() {
    last_.reset();
    wink_filter_.reset();
  }

 private:
  /// Low-passed speed of one channel of up to three components.
  struct Channel {
    double min_cutoff_hz = 0;
    double beta = 0;
    double unit = 1;  ///< natural units (radians, weights, cm) to units of speed
    Eigen::Vector3d speed = Eigen::Vector3d::Zero();
  };
  /// Share of the way to the new value, from the raw change since the last frame.
  double gain(Channel& channel, const Eigen::Vector3d& change, double elapsed_s) const;

  SmoothingOptions options_;
  Channel rotation_, scale_, translation_, gaze_right_, gaze_left_, lid_gaps_;
  std::vector<Channel> expression_;
  WinkFilter wink_filter_;
  struct State {
    double time_s;
    MotionFrame raw;
    MotionFrame smoothed;
  };
  std::optional<State> last_;
};

}  // namespace reenact
