#pragma once

#include <Eigen/Core>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace reenact {

/// Which triangle each pixel shows. Row-major, size×size.
struct Raster {
  int size = 0;
  std::vector<std::int32_t> triangle;             ///< −1 where nothing is drawn
  std::array<std::vector<float>, 3> barycentric;  ///< of the triangle's corners; 0 where nothing is drawn
  std::vector<float> depth;                       ///< larger is nearer; −inf where nothing is drawn

  std::array<float, 3> weights(std::size_t pixel) const {
    return {barycentric[0][pixel], barycentric[1][pixel], barycentric[2][pixel]};
  }
};

/// Software z-buffer. `vertices` are 3×V (x, y in pixels, z depth with larger nearer);
/// a pixel is covered when its centre (integer coordinates) lies in the triangle.
/// Triangles that face away (clockwise in the image) are drawn only with `two_sided`.
///
/// Corners are snapped to 1/256 pixel and edge functions are exact integers (Pineda, "A Parallel
/// Algorithm for Polygon Rasterization", SIGGRAPH 1988); a centre on a shared edge belongs to exactly
/// one triangle (top-left rule). At equal depth the triangle that comes first stays. Triangles with a
/// corner that is not finite or lies farther than 2²⁰ pixels from the origin are not drawn.
void rasterize(const Eigen::Matrix3Xf& vertices, const Eigen::Matrix3Xi& triangles, int size, bool two_sided,
               Raster& raster);

}  // namespace reenact
