#include "layers/neighbours.h"

#include <algorithm>
#include <cmath>

#include "reenact/core/smoothstep.h"

namespace reenact {
namespace {

constexpr double head_of_face = 0.95;  // a head's radius with its hair, of the height of its face,
constexpr double higher = 0.15;        // and how much higher than the face's its middle is
constexpr double own_head_cm = 11;
constexpr double nearest = 0.32;      // of the crop's side between heads: a face seen nearer is a pattern
constexpr double body_of_head = 1.5;  // half the width of a body, of a head's radius
constexpr float ends_below = 1.2F;    // in radii, where a neighbour's head is no more,
constexpr float ends_beside = 1.2F;   // and a body
constexpr float fades = 0.3F;

}  // namespace

Neighbours::Neighbours(const PhotoHead& head)
    : own_{{head.crop.left + 0.5 * head.crop.side, head.crop.top + 0.5 * head.crop.side},
           own_head_cm * head.pixels_per_cm} {
  for (const cv::Rect2d& face : head.other_faces) {
    if (!(face.height > 0)) continue;
    const Eigen::Vector2d middle(face.x + 0.5 * face.width, face.y + 0.5 * face.height);
    if ((middle - own_.centre).norm() < nearest * head.crop.side) continue;
    others_.push_back({middle - Eigen::Vector2d(0, higher * face.height), head_of_face * face.height});
  }
}

/// A body is a column below the head.
float Neighbours::Head::distance_of_body(const Eigen::Vector2d& place) const {
  const Eigen::Vector2d from = place - centre;
  const double above = std::max(-from.y(), 0.0);
  return static_cast<float>(std::hypot(from.x(), above) / (body_of_head * radius));
}

float Neighbours::head_at(const Eigen::Vector2d& place) const {
  float most = 0;
  for (const Head& other : others_) {
    most = std::max(most, smoothstep((ends_below - other.depth_below(place)) / fades) *
                              smoothstep((own_.distance(place) - other.distance(place)) / fades));
  }
  return most;
}

float Neighbours::body_at(const Eigen::Vector2d& place) const {
  float most = 0;
  for (const Head& other : others_) {
    const float distance = other.distance_of_body(place);
    most = std::max(most, smoothstep((ends_beside - distance) / fades) *
                              smoothstep((own_.distance_of_body(place) - distance) / fades));
  }
  return most;
}

}  // namespace reenact
