#include "reenact/core/openings.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "reenact/core/landmark_indices.h"

namespace reenact {
namespace {

constexpr int x_axis = 0;
constexpr int y_axis = 1;
constexpr double least_effect_cm = 0.05;  ///< of an expression at weight 1 that sets a gap

template <std::size_t count>
std::vector<int> list(const std::array<int, count>& landmarks) {
  return {landmarks.begin(), landmarks.end()};
}

}  // namespace

double OpeningGauge::Distance::value(const Eigen::VectorXd& alpha, const Eigen::VectorXd& beta) const {
  const Eigen::Index k = std::min(alpha.size(), identity.size());
  const Eigen::Index e = std::min(beta.size(), expression.size());
  return mean + identity.head(k).dot(alpha.head(k)) + expression.head(e).dot(beta.head(e));
}

OpeningGauge::Distance OpeningGauge::distance_between(const FaceModel& model,
                                                      const std::vector<int>& landmarks_from,
                                                      const std::vector<int>& landmarks_to, int axis) {
  Distance distance;
  distance.identity = Eigen::VectorXd::Zero(model.identity_count());
  distance.expression = Eigen::VectorXd::Zero(model.expression_count());
  const auto add = [&](const std::vector<int>& landmarks, double sign) {
    const double weight = sign / static_cast<double>(landmarks.size());
    for (const int landmark : landmarks) {
      const Eigen::Index vertex = model.landmarks68(landmark);
      distance.mean += weight * static_cast<double>(model.mean(axis, vertex));
      distance.identity += weight * model.identity.row(3 * vertex + axis).cast<double>().transpose();
      distance.expression += weight * model.expression.row(3 * vertex + axis).cast<double>().transpose();
    }
  };
  add(landmarks_to, 1.0);
  add(landmarks_from, -1.0);
  return distance;
}

OpeningGauge::Gap OpeningGauge::gap_between(const FaceModel& model, const std::vector<int>& lower,
                                            const std::vector<int>& upper,
                                            const std::vector<std::string>& controls) {
  Gap gap{distance_between(model, lower, upper, y_axis), {}};
  for (const std::string& name : controls) {
    const std::optional<Eigen::Index> control = model.find_expression(name);
    if (control && std::abs(gap.distance.expression(*control)) > least_effect_cm)
      gap.controls.push_back(*control);
  }
  return gap;
}

OpeningGauge::OpeningGauge(const FaceModel& model)
    : interocular_(distance_between(model, {ibug68::right_eye_outer}, {ibug68::left_eye_outer}, x_axis)),
      gaps_{gap_between(model, list(ibug68::inner_lower_lip), list(ibug68::inner_upper_lip),
                        {"jawOpen", "mouthClose"}),
            gap_between(model, list(ibug68::right_lower_lid), list(ibug68::right_upper_lid),
                        {"eyeBlink_R", "eyeWide_R"}),
            gap_between(model, list(ibug68::left_lower_lid), list(ibug68::left_upper_lid),
                        {"eyeBlink_L", "eyeWide_L"})} {}

FaceOpenings OpeningGauge::measure(const Eigen::VectorXd& identity, const Eigen::VectorXd& expression) const {
  const double unit = interocular_.value(identity, expression);
  const auto opening = [&](const Gap& gap) { return gap.distance.value(identity, expression) / unit; };
  return {opening(gaps_[0]), opening(gaps_[1]), opening(gaps_[2])};
}

Eigen::VectorXd OpeningGauge::with_openings(const Eigen::VectorXd& identity, Eigen::VectorXd expression,
                                            const FaceOpenings& target) const {
  const double unit = interocular_.value(identity, expression);
  const std::array<double, 3> targets = {target.mouth, target.right_eye, target.left_eye};
  for (std::size_t g = 0; g < gaps_.size(); ++g) {
    const Gap& gap = gaps_[g];
    // Before any of them is used: a later one that came from outside would undo what earlier ones reached.
    for (const Eigen::Index control : gap.controls) {
      expression(control) = std::clamp(expression(control), 0.0, 1.0);
    }
    for (const Eigen::Index control : gap.controls) {
      const double missing = targets[g] * unit - gap.distance.value(identity, expression);
      const double slope = gap.distance.expression(control);
      if (slope != 0) expression(control) = std::clamp(expression(control) + missing / slope, 0.0, 1.0);
    }
  }
  return expression;
}

}  // namespace reenact
