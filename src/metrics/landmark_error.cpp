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

void JitterRatio::add(const std::optional<Landmarks>& result, const std::optional<Landmarks>& driver) {
  if (!result || !driver) {
    last_frames_.clear();
    return;
  }
  last_frames_.push_back({*result, *driver});
  if (last_frames_.size() > 3) last_frames_.pop_front();
  if (last_frames_.size() < 3) return;
  const Frame& previous = last_frames_[0];
  const Frame& current = last_frames_[1];
  const Frame& next = last_frames_[2];
  result_sum_ += second_difference(previous.result, current.result, next.result);
  driver_sum_ += second_difference(previous.driver, current.driver, next.driver);
}

std::optional<double> JitterRatio::value() const {
  if (driver_sum_ == 0) return std::nullopt;
  return result_sum_ / driver_sum_;
}

}  // namespace reenact
