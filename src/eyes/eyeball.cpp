#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>

#include "reenact/eyes/photo_eye.h"

namespace reenact {
namespace {

/// Least squared depth of a direction: beyond the outline of the ball its edge goes on.
constexpr float least_depth_squared = 0.04F;
constexpr float largest_iris_sine = 0.9F;

}  // namespace

float Eyeball::iris_angle() const { return std::asin(std::min(iris_radius / radius, largest_iris_sine)); }

Eigen::Vector3f ball_direction(const Eigen::Vector2f& offset, float radius) {
  const float x = offset.x() / radius;
  const float y = -offset.y() / radius;
  const float z = std::sqrt(std::max(1.0F - x * x - y * y, least_depth_squared));
  return Eigen::Vector3f(x, y, z).normalized();
}

IrisPlace iris_place(const Eyeball& ball, const Eigen::Vector3f& direction) {
  const Eigen::Vector3f right = Eigen::Vector3f::UnitY().cross(ball.axis).normalized();
  const Eigen::Vector3f up = ball.axis.cross(right);
  const float cosine = std::clamp(direction.dot(ball.axis), -1.0F, 1.0F);
  return {std::acos(cosine) / ball.iris_angle(), std::atan2(direction.dot(up), direction.dot(right))};
}

}  // namespace reenact
