#pragma once

#include <Eigen/Core>
#include <array>
#include <cstddef>

namespace reenact {

/// The subject's right eye is on the left of a frontal picture.
enum class EyeSide : std::size_t { right = 0, left = 1 };

/// Coordinates of one eye in a picture: `a` runs from 0 at the outer corner to 1 at the inner one, `h` is the
/// height above the line between them in pixels, positive towards the brow.
struct EyeFrame {
  Eigen::Vector2f outer = Eigen::Vector2f::Zero();   ///< corner, pixels
  Eigen::Vector2f along = Eigen::Vector2f::UnitX();  ///< unit vector from the outer to the inner corner
  Eigen::Vector2f up = -Eigen::Vector2f::UnitY();    ///< unit vector towards the brow
  float width = 1;                                   ///< distance of the corners in pixels

  EyeFrame() = default;
  EyeFrame(const Eigen::Vector2f& outer_corner, const Eigen::Vector2f& inner_corner, EyeSide side);

  /// (a, h) of a pixel position.
  Eigen::Vector2f local(const Eigen::Vector2f& position) const {
    const Eigen::Vector2f from_outer = position - outer;
    return {from_outer.dot(along) / width, from_outer.dot(up)};
  }
  Eigen::Vector2f image(float a, float h) const { return outer + a * width * along + h * up; }
};

inline constexpr int lid_samples = 65;

/// A quantity along the eye's axis: its values at a = i / (lid_samples − 1).
using LidProfile = std::array<float, lid_samples>;

/// The profile at `a`, linear between the samples and constant beyond them.
inline float at(const LidProfile& profile, float a) {
  const float position = std::min(std::max(a, 0.0F), 1.0F) * (lid_samples - 1);
  const int before = std::min(static_cast<int>(position), lid_samples - 2);
  const float share = position - static_cast<float>(before);
  const auto i = static_cast<std::size_t>(before);
  return profile[i] + share * (profile[i + 1] - profile[i]);
}

/// Position of sample `i` along the axis.
inline float lid_position(int i) { return static_cast<float>(i) / (lid_samples - 1); }

/// Points of one eye's contour from the outer to the inner corner; the two edges share the corners. Pixels.
struct EyeContour {
  static constexpr std::size_t points = 9;
  std::array<Eigen::Vector2f, points> upper;
  std::array<Eigen::Vector2f, points> lower;
};

/// The edges of both lids as heights `h` over the axis.
struct LidCurves {
  EyeFrame frame;
  LidProfile upper{};
  LidProfile lower{};
};

/// Splines through the points of a contour (natural cubic, by chord length).
LidCurves lid_curves(const EyeContour& contour, EyeSide side);

/// How far a point at (a, h) lies inside an edge, in pixels along the edge's normal.
LidProfile edge_foreshortening(const LidProfile& edge, float width);

}  // namespace reenact
