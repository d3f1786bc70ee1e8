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
template <typename Integer>
struct Edge {
  Integer value;  ///< at the first pixel of the current row
  Integer step_x;
  Integer step_y;
  Integer bias;  ///< −1 when centres on the edge belong to the neighbour

  Edge(const Corner& a, const Corner& b, std::int64_t first_x, std::int64_t first_y) {
    const std::int64_t dx = b.x - a.x;
    const std::int64_t dy = b.y - a.y;
    value = static_cast<Integer>(dx * (first_y * subpixels - a.y) - dy * (first_x * subpixels - a.x));
    step_x = static_cast<Integer>(-dy * subpixels);
    step_y = static_cast<Integer>(dx * subpixels);
    const bool top_or_left = dy < 0 || (dy == 0 && dx > 0);
    bias = top_or_left ? 0 : -1;
  }
};

std::int64_t first_pixel(std::int64_t coordinate) { return (coordinate + subpixels - 1) >> subpixel_bits; }
std::int64_t last_pixel(std::int64_t coordinate) { return coordinate >> subpixel_bits; }

/// Pixels that are drawn at once, without branches.
constexpr std::int64_t lanes = 8;
/// Longest side in pixels up to which edge functions stay below 2^30.
constexpr std::int64_t small_side = 64;

/// The pixels whose centres the bounding box of a triangle holds, within the raster.
struct Box {
  std::int64_t left, right, top, bottom;
  bool is_small;  ///< the whole triangle, so that its rows of lanes lie in the raster

  Box(const Corner& a, const Corner& b, const Corner& c, std::int64_t size) {
    const auto [least_x, most_x] = std::minmax({a.x, b.x, c.x});
    const auto [least_y, most_y] = std::minmax({a.y, b.y, c.y});
    left = std::max<std::int64_t>(first_pixel(least_x), 0);
    right = std::min(last_pixel(most_x), size - 1);
    top = std::max<std::int64_t>(first_pixel(least_y), 0);
    bottom = std::min(last_pixel(most_y), size - 1);
    is_small = std::max(most_x - least_x, most_y - least_y) <= small_side * subpixels &&
               left + (right - left) / lanes * lanes + lanes <= size;
  }
  bool is_empty() const { return left > right || top > bottom; }
};

/// What a triangle is the same for at all pixels.
template <typename Integer>
struct Surface {
  Edge<Integer> edge_a, edge_b, edge_c;  ///< opposite of each corner
  float depth_a, depth_b, depth_c;
  float inverse_area;
  std::int32_t index;
};

/// Draws `count` pixels of a row without branches; at the first the edge functions have the values `at`. A
/// call of its own: inlined, GCC forgets that the planes do not overlap.
template <typename Integer, int count>
[[gnu::noinline]] void draw_pixels(const Surface<Integer>& surface, Integer at_a, Integer at_b, Integer at_c,
                                   float* __restrict depths, std::int32_t* __restrict triangles,
                                   float* __restrict weights_a, float* __restrict weights_b,
                                   float* __restrict weights_c) {
  const auto [edge_a, edge_b, edge_c, depth_a, depth_b, depth_c, inverse_area, index] = surface;
  for (int k = 0; k < count; ++k) {
    const Integer value_a = at_a + static_cast<Integer>(k) * edge_a.step_x;
    const Integer value_b = at_b + static_cast<Integer>(k) * edge_b.step_x;
    const Integer value_c = at_c + static_cast<Integer>(k) * edge_c.step_x;
    const bool is_inside = ((value_a + edge_a.bias) | (value_b + edge_b.bias) | (value_c + edge_c.bias)) >= 0;
    const float weight_a = static_cast<float>(value_a) * inverse_area;
    const float weight_b = static_cast<float>(value_b) * inverse_area;
    const float weight_c = 1.0F - weight_a - weight_b;
    const float depth = weight_a * depth_a + weight_b * depth_b + weight_c * depth_c;
    const bool is_seen = is_inside & (depth > depths[k]);
    depths[k] = is_seen ? depth : depths[k];
    triangles[k] = is_seen ? index : triangles[k];
    weights_a[k] = is_seen ? weight_a : weights_a[k];
    weights_b[k] = is_seen ? weight_b : weights_b[k];
    weights_c[k] = is_seen ? weight_c : weights_c[k];
  }
}

/// Draws a clockwise triangle, `count` pixels at a time; `slot[i]` is where corner i's weight is stored.
template <typename Integer, int count>
void draw_in_box(const Corner& a, const Corner& b, const Corner& c, const Box& box, const int slot[3],
                 std::int32_t index, Raster& raster) {
  Surface<Integer> surface{{b, c, box.left, box.top},
                           {c, a, box.left, box.top},
                           {a, b, box.left, box.top},
                           a.depth,
                           b.depth,
                           c.depth,
                           1.0F / static_cast<float>(doubled_area(a, b, c)),
                           index};
  float* const weights_a = raster.barycentric[static_cast<std::size_t>(slot[0])].data();
  float* const weights_b = raster.barycentric[static_cast<std::size_t>(slot[1])].data();
  float* const weights_c = raster.barycentric[static_cast<std::size_t>(slot[2])].data();
  for (std::int64_t y = box.top; y <= box.bottom; ++y) {
    for (std::int64_t x = box.left; x <= box.right; x += count) {
      const auto steps = static_cast<Integer>(x - box.left);
      const std::int64_t first = y * raster.size + x;
      draw_pixels<Integer, count>(surface, surface.edge_a.value + steps * surface.edge_a.step_x,
                                  surface.edge_b.value + steps * surface.edge_b.step_x,
                                  surface.edge_c.value + steps * surface.edge_c.step_x,
                                  raster.depth.data() + first, raster.triangle.data() + first,
                                  weights_a + first, weights_b + first, weights_c + first);
    }
    surface.edge_a.value += surface.edge_a.step_y;
    surface.edge_b.value += surface.edge_b.step_y;
    surface.edge_c.value += surface.edge_c.step_y;
  }
}

void draw(const Corner& a, const Corner& b, const Corner& c, const int slot[3], std::int32_t index,
          Raster& raster) {
  const Box box(a, b, c, raster.size);
  if (box.is_empty()) return;
  if (box.is_small) {
    draw_in_box<std::int32_t, lanes>(a, b, c, box, slot, index, raster);
  } else {
    draw_in_box<std::int64_t, 1>(a, b, c, box, slot, index, raster);
  }
}

}  // namespace

void rasterize(const Eigen::Matrix3Xf& vertices, const Eigen::Matrix3Xi& triangles, int size, bool two_sided,
               Raster& raster) {
  const std::size_t pixels = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
  raster.size = size;
  raster.triangle.assign(pixels, -1);
  for (std::vector<float>& weights : raster.barycentric) weights.assign(pixels, 0.0F);
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
