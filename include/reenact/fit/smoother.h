#pragma once

#include "reenact/core/motion.h"

namespace reenact {

/// One-Euro filter settings (Casiez et al., CHI 2012).
struct SmoothingOptions {
  double min_cutoff_hz = 1.5;  ///< lower is smoother at rest
  double beta = 0.05;          ///< higher follows fast movement more closely
  double derivative_cutoff_hz = 1.0;
  bool enabled = true;
  void validate() const;
};

/// Causal smoothing of pose, expression and gaze that keeps blinks and lip closures.
class MotionSmoother {
 public:
  MotionSmoother(const FaceModel& model, const SmoothingOptions& options);
  /// `time_s` must increase from call to call.
  MotionFrame smooth(const MotionFrame& frame, double time_s);

 private:
  // implementer: add what is needed
};

}  // namespace reenact
