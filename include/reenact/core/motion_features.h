#pragma once

#include <array>
#include <cstddef>
#include <limits>

namespace reenact {

/// What moves in a face, each a number per frame. Lengths are in eye distances of the face turned to the
/// viewer, angles in degrees.
enum class MotionFeature : std::size_t {
  mouth_opening,  ///< height of the gap between the inner lips
  mouth_width,    ///< distance between the corners of the mouth
  mouth_shift,    ///< how far the mouth lies to the subject's left of the middle of the eyes
  eye_opening,    ///< height of the gap between the lids, mean of both eyes
  wink,           ///< opening of the subject's left eye less that of the right
  gaze_yaw,       ///< of the eyes in the head, mean of both, to the subject's left
  gaze_pitch,     ///< upwards
  brow_height,    ///< of both brows above the corners of the eyes
  brow_distance,  ///< between the inner ends of the brows, less in a frown
  head_yaw,       ///< as in core/pose.h
  head_pitch,
  head_roll,
};
inline constexpr std::size_t motion_feature_count = 12;

/// A value for each feature.
template <typename Value>
struct PerFeature {
  std::array<Value, motion_feature_count> values{};
  Value& operator[](MotionFeature feature) { return values[static_cast<std::size_t>(feature)]; }
  const Value& operator[](MotionFeature feature) const { return values[static_cast<std::size_t>(feature)]; }
};
using MotionFeatures = PerFeature<double>;

/// How one feature of a result follows that of its driver over the frames. NaN where that cannot be said.
struct FeatureFidelity {
  double correlation = std::numeric_limits<double>::quiet_NaN();  ///< Pearson's r
  double amplitude = std::numeric_limits<double>::quiet_NaN();    ///< standard deviation over the driver's
};

struct MotionFeatureInfo {
  const char* key;    ///< in CSV and JSON
  const char* title;  ///< for people
};
const MotionFeatureInfo& motion_feature_info(MotionFeature feature);

}  // namespace reenact
