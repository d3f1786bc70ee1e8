#pragma once

#include <optional>
#include <vector>

#include "reenact/core/landmarks.h"

namespace reenact {

// Measures on facial points, as fractions of the distance between the outer eye corners. Landmarks that are
// compared have one scheme; InputError otherwise, and when the eye corners coincide or a point is not finite.

/// Normalised mean error: mean distance to the reference over the inter-ocular distance of the reference.
double normalized_mean_error(const Landmarks& landmarks, const Landmarks& reference);

/// Mean length of the second difference p(t+1) − 2 p(t) + p(t−1) over the inter-ocular distance at t.
double second_difference(const Landmarks& previous, const Landmarks& current, const Landmarks& next);

/// Landmarks of consecutive frames, empty where there was no face.
using LandmarkTrack = std::vector<std::optional<Landmarks>>;

/// Jitter of a clip: mean second difference over all frames with a face before, in and after them. Nothing
/// when there is no such frame.
std::optional<double> landmark_jitter(const LandmarkTrack& track);

/// Jitter of a result over the jitter of its driver. Both are taken over the frames where both can be
/// measured; nothing when there is none, or when the driver does not move at all. InputError unless both have
/// the same length.
std::optional<double> jitter_ratio(const LandmarkTrack& result, const LandmarkTrack& driver);

}  // namespace reenact
