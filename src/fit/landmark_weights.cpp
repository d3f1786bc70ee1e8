#include "fit/landmark_weights.h"

#include "reenact/core/landmark_indices.h"

namespace reenact {
namespace {

constexpr double contour_weight = 0.4;
constexpr double oval_weight = 0.2;
constexpr double sparse_brow_weight = 0.8;
/// Few among many points, these carry what the model's smooth expressions would rather leave to their
/// neighbours.
constexpr double dense_brow_weight = 4.0;
constexpr double mouth_corner_weight = 16.0;
constexpr double lid_weight = 3.0;
constexpr double lip_weight = 2.0;
constexpr double sparse_total = 68.0;
constexpr double dense_total = 3.0 * sparse_total;

}  // namespace

Eigen::VectorXd landmark_weights(LandmarkScheme scheme) {
  Eigen::VectorXd weights = Eigen::VectorXd::Ones(landmark_count(scheme));
  if (scheme == LandmarkScheme::dlib68) {
    weights.segment<ibug68::contour_count>(ibug68::contour_begin).setConstant(contour_weight);
    weights.segment<ibug68::brows_count>(ibug68::brows_begin).setConstant(sparse_brow_weight);
    weights.segment<ibug68::eyes_count>(ibug68::eyes_begin).setConstant(lid_weight);
    weights.segment<ibug68::lips_count>(ibug68::lips_begin).setConstant(lip_weight);
  } else {
    const auto set = [&](double weight, const auto& points) {
      for (const int point : points) weights[point] = weight;
    };
    set(oval_weight, mesh468::oval);
    set(dense_brow_weight, mesh468::right_brow);
    set(dense_brow_weight, mesh468::left_brow);
    set(lid_weight, mesh468::right_eye);
    set(lid_weight, mesh468::left_eye);
    set(lip_weight, mesh468::outer_lips);
    set(lip_weight, mesh468::inner_lips);
    set(mouth_corner_weight, mesh468::mouth_corners);
  }
  const double total = scheme == LandmarkScheme::dlib68 ? sparse_total : dense_total;
  return weights * (total / weights.sum());
}

}  // namespace reenact
