#include "reenact/metrics/motion_fidelity.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <string>
#include <vector>

#include "reenact/core/error.h"
#include "reenact/core/landmark_indices.h"

namespace reenact {
namespace {

using Gaps = std::vector<std::array<int, 2>>;  ///< upper, lower

/// Indices of the points that the features are read from. "Right" is the subject's right.
struct FeaturePoints {
  Gaps lip_gaps;
  std::array<int, 2> mouth_corners;
  std::vector<int> mouth_middle;
  Gaps right_lid_gaps;
  Gaps left_lid_gaps;
  std::vector<int> eye_corners;
  std::vector<int> brows;
  std::vector<int> right_inner_brow;
  std::vector<int> left_inner_brow;
};

template <typename Point, std::size_t N>
std::vector<Point> listed(const std::array<Point, N>& points) {
  return {points.begin(), points.end()};
}

std::vector<int> joined(std::vector<int> first, const std::vector<int>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

const FeaturePoints& feature_points(LandmarkScheme scheme) {
  static const FeaturePoints dense = {
      listed(mesh468::lip_gaps),
      mesh468::lip_corners,
      listed(mesh468::mouth_middle),
      listed(mesh468::right_lid_gaps),
      listed(mesh468::left_lid_gaps),
      {mesh468::right_eye_outer, mesh468::right_eye_inner, mesh468::left_eye_inner, mesh468::left_eye_outer},
      joined(listed(mesh468::right_brow), listed(mesh468::left_brow)),
      listed(mesh468::right_inner_brow),
      listed(mesh468::left_inner_brow)};
  static const FeaturePoints sparse = {
      listed(ibug68::lip_gaps),
      ibug68::mouth_corners,
      listed(ibug68::mouth_middle),
      listed(ibug68::right_lid_gaps),
      listed(ibug68::left_lid_gaps),
      {ibug68::right_eye_outer, ibug68::right_eye_inner, ibug68::left_eye_inner, ibug68::left_eye_outer},
      joined(listed(ibug68::right_brow), listed(ibug68::left_brow)),
      listed(ibug68::right_inner_brow),
      listed(ibug68::left_inner_brow)};
  return scheme == LandmarkScheme::dlib68 ? sparse : dense;
}

Eigen::Vector3d mean_of(const Eigen::Matrix3Xd& points, const std::vector<int>& indices) {
  return points(Eigen::all, indices).rowwise().mean();
}

double mean_height(const Eigen::Matrix3Xd& points, const Gaps& gaps) {
  double sum = 0;
  for (const auto& [upper, lower] : gaps) sum += points(1, upper) - points(1, lower);
  return sum / static_cast<double>(gaps.size());
}

}  // namespace

MotionFeatures motion_features(LandmarkScheme scheme, const Eigen::Matrix3Xd& frontal, const Gaze& gaze,
                               const HeadAngles& head) {
  if (frontal.cols() != landmark_count(scheme) || !frontal.allFinite()) {
    throw InputError("motion features need " + std::to_string(landmark_count(scheme)) +
                     " finite landmarks but got " + std::to_string(frontal.cols()) +
                     " or one that is not finite");
  }
  constexpr double degrees = 180.0 / M_PI;
  const FeaturePoints& at = feature_points(scheme);
  const Eigen::Vector3d eyes = mean_of(frontal, at.eye_corners);
  const double right_eye = mean_height(frontal, at.right_lid_gaps);
  const double left_eye = mean_height(frontal, at.left_lid_gaps);
  const Eigen::Vector2d gaze_deg = 0.5 * degrees * (gaze.right + gaze.left);

  MotionFeatures features;
  features[MotionFeature::mouth_opening] = mean_height(frontal, at.lip_gaps);
  features[MotionFeature::mouth_width] =
      (frontal.col(at.mouth_corners[1]) - frontal.col(at.mouth_corners[0])).norm();
  features[MotionFeature::mouth_shift] = (mean_of(frontal, at.mouth_middle) - eyes).x();
  features[MotionFeature::eye_opening] = 0.5 * (right_eye + left_eye);
  features[MotionFeature::wink] = left_eye - right_eye;
  features[MotionFeature::gaze_yaw] = gaze_deg.x();
  features[MotionFeature::gaze_pitch] = gaze_deg.y();
  features[MotionFeature::brow_height] = (mean_of(frontal, at.brows) - eyes).y();
  features[MotionFeature::brow_distance] =
      (mean_of(frontal, at.left_inner_brow) - mean_of(frontal, at.right_inner_brow)).x();
  features[MotionFeature::head_yaw] = head.yaw_deg;
  features[MotionFeature::head_pitch] = head.pitch_deg;
  features[MotionFeature::head_roll] = head.roll_deg;
  return features;
}

double MotionFidelity::least_spread(MotionFeature feature) {
  switch (feature) {
    case MotionFeature::mouth_opening:
      return 0.02;
    case MotionFeature::mouth_width:
      return 0.03;
    case MotionFeature::mouth_shift:
      return 0.015;
    case MotionFeature::eye_opening:
      return 0.0075;
    case MotionFeature::wink:
      return 0.01;
    case MotionFeature::brow_height:
      return 0.012;
    case MotionFeature::brow_distance:
      return 0.008;
    case MotionFeature::gaze_yaw:
    case MotionFeature::gaze_pitch:
      return 2.0;
    case MotionFeature::head_yaw:
    case MotionFeature::head_pitch:
      return 1.5;
    case MotionFeature::head_roll:
      return 0.6;
  }
  return 0;
}

void MotionFidelity::add(const MotionFeatures& result, const MotionFeatures& driver) {
  ++frames_;
  for (std::size_t f = 0; f < motion_feature_count; ++f) {
    Moments& moments = moments_.values[f];
    const double result_step = result.values[f] - moments.result_mean;
    const double driver_step = driver.values[f] - moments.driver_mean;
    moments.result_mean += result_step / frames_;
    moments.driver_mean += driver_step / frames_;
    moments.result_squares += result_step * (result.values[f] - moments.result_mean);
    moments.driver_squares += driver_step * (driver.values[f] - moments.driver_mean);
    moments.products += result_step * (driver.values[f] - moments.driver_mean);
  }
}

PerFeature<FeatureFidelity> MotionFidelity::values() const {
  PerFeature<FeatureFidelity> fidelity;
  if (frames_ < least_frames) return fidelity;
  for (std::size_t f = 0; f < motion_feature_count; ++f) {
    const Moments& moments = moments_.values[f];
    const double driver_spread = std::sqrt(moments.driver_squares / frames_);
    if (!(driver_spread >= least_spread(static_cast<MotionFeature>(f)))) continue;
    fidelity.values[f].amplitude = std::sqrt(moments.result_squares / moments.driver_squares);
    if (moments.result_squares > 0) {
      fidelity.values[f].correlation =
          moments.products / std::sqrt(moments.result_squares * moments.driver_squares);
    }
  }
  return fidelity;
}

}  // namespace reenact
