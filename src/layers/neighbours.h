#pragma once

#include <Eigen/Core>
#include <vector>

#include "reenact/layers/split_photo.h"

namespace reenact {

/// The heads of others in a photo.
class Neighbours {
 public:
  explicit Neighbours(const PhotoHead& head);

  bool none() const { return others_.empty(); }

  /// 1 where a neighbour's head and hair are, 0 elsewhere. A place, in pixels of the photo, belongs to the
  /// head that is nearer, measured by the heads' sizes.
  float head_at(const Eigen::Vector2d& place) const;

  /// The same of a neighbour's body, below the head.
  float body_at(const Eigen::Vector2d& place) const;

 private:
  struct Head {
    Eigen::Vector2d centre;
    double radius;
    /// Distances of a place in radii.
    float distance(const Eigen::Vector2d& place) const {
      return static_cast<float>((place - centre).norm() / radius);
    }
    float depth_below(const Eigen::Vector2d& place) const {
      return static_cast<float>((place.y() - centre.y()) / radius);
    }
    float distance_of_body(const Eigen::Vector2d& place) const;
  };

  Head own_;
  std::vector<Head> others_;
};

}  // namespace reenact
