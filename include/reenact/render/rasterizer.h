#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

namespace reenact {

/// Which triangle each pixel shows. Row-major, size×size.
struct Raster {
  int size = 0;
  std::vector<std::int32_t> triangle;     ///< −1 where nothing is drawn
  std::vector<float> barycentric;         ///< 3 per pixel: weights of the triangle's corners
  std::vector<float> depth;               ///< larger is nearer; −inf where nothing is drawn
};

/// Software z-buffer. `vertices` are 3×V (x, y in pixels, z depth with larger nearer);
/// a pixel is covered when its centre (integer coordinates) lies in the triangle.
/// Triangles that face away (clockwise in the image) are drawn only with `two_sided`.
void rasterize(const Eigen::Matrix3Xf& vertices, const Eigen::Matrix3Xi& triangles, int size,
               bool two_sided, Raster& raster);

}  // namespace reenact
