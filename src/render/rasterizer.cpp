#include "reenact/render/rasterizer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace reenact {
namespace {

constexpr int subpixel_bits = 8;
constexpr std::int64_t subpixels = 1 << subpixel_bits;
constexpr float coordinate_limit = 1 << 20;  // keeps edge functions below 2^60

/// A corner on the subpixel grid.
struct Corner {
  std::int64_t x = 0;
  std::int64_t y = 0;
  float depth = 0;
  bool drawable = false;
};

Corner snap(const Eigen::Vector3f& vertex) {
  Corner corner;
  corner.drawable = std::abs(vertex.x()) <= coordinate_limit && std::abs(vertex.y()) <= coordinate_limit &&
                    std::isfinite(vertex.z());
  if (!corner.drawable) return corner;
  corner.x = std::lrint(vertex.x() * static_cast<float>(subpixels));
  corner.y = std::lrint(vertex.y() * static_cast<float>(subpixels));
  corner.depth = vertex.z();
  return corner;
}

/// Twice the signed area of (a, b, c): positive when clockwise as the viewer sees it (y points down).
std::int64_t doubled_area(const Corner& a, const Corner& b, const Corner& c) {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

/// The edge function of a → b, stepped from pixel to pixel; not negative inside a clockwise triangle.
struct Edge {
  std::int64_t value;  ///< at the first pixel of the current row
  std::int64_t step_x;
  std::int64_t step_y;
  std::int64_t bias;  ///< −1 when centres on the edge belong to the neighbour

  Edge(const Corner& a, const Corner& b, std::int64_t first_x, std::int64_t first_y) {
    const std::int64_t dx = b.x - a.x;
    const std::int64_t dy = b.y - a.y;
    value = dx * (first_y * subpixels - a.y) - dy * (first_x * subpixels - a.x);
    step_x = -dy * subpixels;
    step_y = dx * subpixels;
    const bool top_or_left = dy < 0 || (dy == 0 && dx > 0);
    bias = top_or_left ? 0 : -1;
  }
};

std::int64_t first_pixel(std::int64_t coordinate) { return (coordinate + subpixels - 1) >> subpixel_bits; }
std::int64_t last_pixel(std::int64_t coordinate) { return coordinate >> subpixel_bits; }

/// Draws a clockwise triangle; `slot[i]` is where corner i's weight is stored.
void draw(const Corner& a, const Corner& b, const Corner& c, const int slot[3], std::int32_t index,
          Raster& raster) {
  const std::int64_t last = raster.size - 1;
  const std::int64_t left = std::max<std::int64_t>(first_pixel(std::min({a.x, b.x, c.x})), 0);
  const std::int64_t right = std::min(last_pixel(std::max({a.x, b.x, c.x})), last);
  const std::int64_t top = std::max<std::int64_t>(first_pixel(std::min({a.y, b.y, c.y})), 0);
  const std::int64_t bottom = std::min(last_pixel(std::max({a.y, b.y, c.y})), last);
  if (left > right || top > bottom) return;

  Edge bc(b, c, left, top);
  Edge ca(c, a, left, top);
  Edge ab(a, b, left, top);
  const float inverse_area = 1.0F / static_cast<float>(doubled_area(a, b, c));
  for (std::int64_t y = top; y <= bottom; ++y) {
    std::int64_t at_a = bc.value;
    std::int64_t at_b = ca.value;
    std::int64_t at_c = ab.value;
    for (std::int64_t x = left; x <= right; ++x) {
      if (((at_a + bc.bias) | (at_b + ca.bias) | (at_c + ab.bias)) >= 0) {
        const float weight_a = static_cast<float>(at_a) * inverse_area;
        const float weight_b = static_cast<float>(at_b) * inverse_area;
        const float weight_c = 1.0F - weight_a - weight_b;
        const float depth = weight_a * a.depth + weight_b * b.depth + weight_c * c.depth;
        const auto pixel = static_cast<std::size_t>(y * raster.size + x);
        if (depth > raster.depth[pixel]) {
          raster.depth[pixel] = depth;
          raster.triangle[pixel] = index;
          float* weights = &raster.barycentric[3 * pixel];
          weights[slot[0]] = weight_a;
          weights[slot[1]] = weight_b;
          weights[slot[2]] = weight_c;
        }
      }
      at_a += bc.step_x;
      at_b += ca.step_x;
      at_c += ab.step_x;
    }
    bc.value += bc.step_y;
    ca.value += ca.step_y;
    ab.value += ab.step_y;
  }
}

}  // namespace

void rasterize(const Eigen::Matrix3Xf& vertices, const Eigen::Matrix3Xi& triangles, int size, bool two_sided,
               Raster& raster) {
  const std::size_t pixels = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
  raster.size = size;
  raster.triangle.assign(pixels, -1);
  raster.barycentric.assign(3 * pixels, 0.0F);
  raster.depth.assign(pixels, -std::numeric_limits<float>::infinity());

  std::vector<Corner> corners(static_cast<std::size_t>(vertices.cols()));
  for (Eigen::Index i = 0; i < vertices.cols(); ++i)
    corners[static_cast<std::size_t>(i)] = snap(vertices.col(i));

  constexpr int in_order[3] = {0, 1, 2};
  constexpr int reversed[3] = {0, 2, 1};
  for (Eigen::Index t = 0; t < triangles.cols(); ++t) {
    const Corner& a = corners[static_cast<std::size_t>(triangles(0, t))];
    const Corner& b = corners[static_cast<std::size_t>(triangles(1, t))];
    const Corner& c = corners[static_cast<std::size_t>(triangles(2, t))];
    if (!a.drawable || !b.drawable || !c.drawable) continue;
    const std::int64_t area = doubled_area(a, b, c);
    const auto index = static_cast<std::int32_t>(t);
    if (area < 0) {
      draw(a, c, b, reversed, index, raster);
    } else if (area > 0 && two_sided) {
      draw(a, b, c, in_order, index, raster);
    }
  }
}

}  // namespace reenact
