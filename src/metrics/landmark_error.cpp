#include "reenact/metrics/landmark_error.h"

#include <cmath>

#include "reenact/core/error.h"

namespace reenact {

namespace {

void require_comparable(const Landmarks& a, const Landmarks& b) {
  if (a.scheme != b.scheme || a.points.cols() != b.points.cols()) {
    throw InputError("landmarks of different schemes cannot be compared; locate both with the same one");
  }
  if (!a.points.allFinite() || !b.points.allFinite()) {
    throw InputError("landmarks to compare hold a coordinate that is not finite");
  }
}

double unit_length(const Landmarks& landmarks) {
  const double distance = interocular_distance(landmarks);
  if (!(distance > 0)) throw InputError("landmarks have no size: their outer eye corners coincide");
  return distance;
}

bool has_neighbours(const LandmarkTrack& track, std::size_t t) {
  return track[t - 1] && track[t] && track[t + 1];
}

double second_difference_at(const LandmarkTrack& track, std::size_t t) {
  return second_difference(*track[t - 1], *track[t], *track[t + 1]);
}

}  // namespace

double normalized_mean_error(const Landmarks& landmarks, const Landmarks& reference) {
  require_comparable(landmarks, reference);
  return (landmarks.points - reference.points).colwise().norm().mean() / unit_length(reference);
}

double second_difference(const Landmarks& previous, const Landmarks& current, const Landmarks& next) {
  require_comparable(previous, current);
  require_comparable(next, current);
  const Eigen::Matrix2Xd difference = next.points - 2 * current.points + previous.points;
  return difference.colwise().norm().mean() / unit_length(current);
}

std::optional<double> landmark_jitter(const LandmarkTrack& track) {
  double sum = 0;
  int frames = 0;
  for (std::size_t t = 1; t + 1 < track.size(); ++t) {
    if (!has_neighbours(track, t)) continue;
    sum += second_difference_at(track, t);
    ++frames;
  }
  if (frames == 0) return std::nullopt;
  return sum / frames;
}

std::optional<double> jitter_ratio(const LandmarkTrack& result, const LandmarkTrack& driver) {
  if (result.size() != driver.size()) {
    throw InputError("the jitter of a result and its driver can only be compared frame by frame; they have " +
                     std::to_string(result.size()) + " and " + std::to_string(driver.size()) + " frames");
  }
  double of_result = 0;
  double of_driver = 0;
  for (std::size_t t = 1; t + 1 < result.size(); ++t) {
    if (!has_neighbours(result, t) || !has_neighbours(driver, t)) continue;
    of_result += second_difference_at(result, t);
    of_driver += second_difference_at(driver, t);
  }
  if (of_driver == 0) return std::nullopt;
  return of_result / of_driver;
}

}  // namespace reenact
