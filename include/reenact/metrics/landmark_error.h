#pragma once

#include <deque>
#include <optional>

#include "reenact/core/landmarks.h"

namespace reenact {

// Measures on facial points, as fractions of the distance between the outer eye corners. Landmarks that are
// compared have one scheme; InputError otherwise, and when the eye corners coincide or a point is not finite.

/// Normalised mean error: mean distance to the reference over the inter-ocular distance of the reference.
double normalized_mean_error(const Landmarks& landmarks, const Landmarks& reference);

/// Mean length of the second difference p(t+1) − 2 p(t) + p(t−1) over the inter-ocular distance at t.
double second_difference(const Landmarks& previous, const Landmarks& current, const Landmarks& next);

/// Ratio of the jitter of a result to that of its driver, from the landmarks of consecutive frames. Jitter is
/// the mean second difference; both sums are taken over the frames where both videos have a face before, in
/// and after the frame.
class JitterRatio {
 public:
  /// The next frame of both; empty where there was no face.
  void add(const std::optional<Landmarks>& result, const std::optional<Landmarks>& driver);

  /// Nothing when no frame could be measured, or when the driver moves uniformly or not at all.
  std::optional<double> value() const;

 private:
  struct Frame {
    Landmarks result;
    Landmarks driver;
  };
  std::deque<Frame> last_frames_;  ///< consecutive, at most three
  double result_sum_ = 0;
  double driver_sum_ = 0;
};

}  // namespace reenact
