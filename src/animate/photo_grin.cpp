#include "reenact/animate/photo_grin.h"

#include <algorithm>
#include <cmath>

#include "animate/mouth_expressions.h"
#include "reenact/core/landmark_indices.h"
#include "reenact/core/smoothstep.h"

namespace reenact {
namespace {

/// A mouth that is wider than the driver's, with corners that lie higher between its lips, grins: not up to
/// the first of each pair, surely from both together on.
constexpr double no_grin_cm = 0.15;
constexpr double grin_fade_cm = 0.3;
constexpr double level_corners_cm = 0.05;
constexpr double raised_fade_cm = 0.2;

constexpr double giving_way_s = 0.03;
constexpr double coming_back_s = 1.0;

/// How far an expression of weight 1 raises the corners of the mouth above the middle of the outer lips, cm.
double corners_above_lips(const FaceModel& model, Eigen::Index expression) {
  constexpr int upper_lip = 51;
  constexpr int lower_lip = 57;
  const auto up = [&](int landmark) {
    return static_cast<double>(model.expression(3 * model.landmarks68(landmark) + 1, expression));
  };
  const auto [right, left] = ibug68::mouth_corners;
  return (up(right) + up(left) - up(upper_lip) - up(lower_lip)) / 2;
}

}  // namespace

PhotoGrin::PhotoGrin(const FaceModel& model, const Eigen::VectorXd& source, const Eigen::VectorXd& reference)
    : widening_(mouth_widening(model)), weights_(Eigen::VectorXd::Zero(model.expression_count())) {
  double raised_cm = 0;
  for (Eigen::Index e = 0; e < model.expression_count(); ++e) {
    if (!shapes_mouth(model.expression_names[static_cast<std::size_t>(e)])) {
      widening_(e) = 0;
      continue;
    }
    weights_(e) = source(e) - reference(e);
    raised_cm += weights_(e) * corners_above_lips(model, e);
  }
  width_cm_ = widening_.dot(weights_);
  presence_ = smoothstep((width_cm_ - no_grin_cm) / grin_fade_cm) *
              smoothstep((raised_cm - level_corners_cm) / raised_fade_cm);
}

double PhotoGrin::asked_by(const Eigen::VectorXd& movement) const {
  if (presence_ == 0) return 0;
  return presence_ * smoothstep(-widening_.dot(movement) / width_cm_);
}

void PhotoGrin::follow(const Eigen::VectorXd& movement, double time_s) {
  Followed now{asked_by(movement), time_s};
  if (last_) {
    const double constant_s = now.given_way > last_->given_way ? giving_way_s : coming_back_s;
    const double kept = std::exp(-std::max(time_s - last_->time_s, 0.0) / constant_s);
    now.given_way += kept * (last_->given_way - now.given_way);
  }
  last_ = now;
}

}  // namespace reenact
