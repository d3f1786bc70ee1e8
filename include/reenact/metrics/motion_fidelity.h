#pragma once

#include <Eigen/Core>
#include <array>

#include "reenact/core/face_model.h"
#include "reenact/core/landmarks.h"
#include "reenact/core/motion_features.h"
#include "reenact/core/pose.h"

namespace reenact {

/// The features of a face in one frame. `frontal` are its landmarks as they would lie if it faced the viewer
/// (FaceFitter::frontal): 3×N in eye distances, x to the subject's left, y up. `gaze` is that of the fit to
/// the same landmarks. Throws InputError when the number of points is not that of the scheme or one is not
/// finite.
MotionFeatures motion_features(LandmarkScheme scheme, const Eigen::Matrix3Xd& frontal, const Gaze& gaze,
                               const HeadAngles& head);

/// Compares how the features of a result and of its driver move, over any number of frames in constant
/// memory.
///
/// Correlation and ratio of standard deviations do not change when a feature is shifted, and the former not
/// when it is scaled, so neither the faces' proportions nor the frame that a program takes for the neutral
/// one matter.
class MotionFidelity {
 public:
  /// The next frame in which both have a face.
  void add(const MotionFeatures& result, const MotionFeatures& driver);

  /// NaN where fewer than `least_frames` frames were added or the driver's standard deviation is below
  /// `least_spread(feature)`: then it measures the landmarks' noise. A result that does not move has
  /// amplitude 0 and no correlation.
  PerFeature<FeatureFidelity> values() const;

  static constexpr int least_frames = 10;
  /// Least standard deviation with which a driver's feature counts as moving: three times the noise of the
  /// landmarks.
  static double least_spread(MotionFeature feature);

 private:
  /// Means, and sums of squares and products about them (Welford, Technometrics 1962).
  struct Moments {
    double result_mean = 0;
    double driver_mean = 0;
    double result_squares = 0;
    double driver_squares = 0;
    double products = 0;
  };
  int frames_ = 0;
  PerFeature<Moments> moments_;
};

}  // namespace reenact
