#include "reenact/animate/mouth_width.h"

#include <algorithm>

#include "animate/mouth_expressions.h"
#include "reenact/core/landmark_indices.h"

namespace reenact {
namespace {

constexpr double slack = 0.03;  ///< of the mouth's width

}  // namespace

MouthWidth::MouthWidth(const FaceModel& model, const Eigen::VectorXd& source)
    : source_(source),
      widening_(mouth_widening(model)),
      parts_(Eigen::VectorXd::Zero(model.expression_count())) {
  for (Eigen::Index e = 0; e < model.expression_count(); ++e) {
    if (shapes_mouth(model.expression_names[static_cast<std::size_t>(e)])) parts_(e) = 1;
  }
  const auto [right, left] = ibug68::mouth_corners;
  resting_cm_ =
      static_cast<double>(model.mean(3 * model.landmarks68(left)) - model.mean(3 * model.landmarks68(right)));
}

Eigen::VectorXd MouthWidth::held(const Eigen::VectorXd& moved, const Eigen::VectorXd& driver) const {
  const double least = std::min(widening_.dot(source_), widening_.dot(driver)) - slack * resting_cm_;
  const double missing = least - widening_.dot(moved);
  const Eigen::VectorXd change = parts_.cwiseProduct(moved - source_);
  const double narrowed = -widening_.dot(change);
  if (missing <= 0 || narrowed <= 0) return moved;
  return moved - std::min(missing / narrowed, 1.0) * change;
}

}  // namespace reenact
