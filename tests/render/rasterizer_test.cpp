#include "reenact/render/rasterizer.h"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>
#include <limits>
#include <random>

namespace reenact {
namespace {

constexpr int image_size = 48;

std::size_t pixel_index(int x, int y) { return static_cast<std::size_t>(y * image_size + x); }

double doubled_area(const Eigen::Vector2d& a, const Eigen::Vector2d& b, const Eigen::Vector2d& c) {
  return (b.x() - a.x()) * (c.y() - a.y()) - (b.y() - a.y()) * (c.x() - a.x());
}

/// Random triangles whose corners lie on the rasteriser's subpixel grid, so that double arithmetic is exact.
struct Scene {
  Eigen::Matrix3Xf vertices;
  Eigen::Matrix3Xi triangles;
};

Scene random_scene(unsigned seed, int triangle_count) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> place(-12 * 256, (image_size + 12) * 256);
  std::uniform_int_distribution<int> depth(-64, 64);
  Scene scene;
  scene.vertices.resize(3, 3 * triangle_count);
  scene.triangles.resize(3, triangle_count);
  for (int i = 0; i < 3 * triangle_count; ++i) {
    scene.vertices.col(i) << static_cast<float>(place(random)) / 256.0F,
        static_cast<float>(place(random)) / 256.0F, static_cast<float>(depth(random));
    scene.triangles(i % 3, i / 3) = i;
  }
  return scene;
}

/// A quarter of the corners on pixel centres, so that centres fall on edges and corners.
void snap_some_to_centres(Scene& scene) {
  for (Eigen::Index i = 0; i < scene.vertices.cols(); i += 4) {
    scene.vertices.col(i).head<2>() = scene.vertices.col(i).head<2>().array().round();
  }
}

enum class Cover { outside, edge, inside };

Cover cover(const Scene& scene, Eigen::Index t, const Eigen::Vector2d& point) {
  Eigen::Vector2d corner[3];
  for (int i = 0; i < 3; ++i) {
    corner[i] = scene.vertices.col(scene.triangles(i, t)).head<2>().cast<double>();
  }
  const double sign = doubled_area(corner[0], corner[1], corner[2]) > 0 ? 1 : -1;
  Cover result = Cover::inside;
  for (int i = 0; i < 3; ++i) {
    const double value = sign * doubled_area(corner[i], corner[(i + 1) % 3], point);
    if (value < 0) return Cover::outside;
    if (value == 0) result = Cover::edge;
  }
  return result;
}

TEST(Rasterizer, AgreesWithBruteForcePerPixel) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    Scene scene = random_scene(seed, 12);
    snap_some_to_centres(scene);
    Raster raster;
    rasterize(scene.vertices, scene.triangles, image_size, true, raster);
    for (int y = 0; y < image_size; ++y) {
      for (int x = 0; x < image_size; ++x) {
        double nearest_inside = -std::numeric_limits<double>::infinity();
        double nearest_touched = nearest_inside;
        for (Eigen::Index t = 0; t < scene.triangles.cols(); ++t) {
          const Cover covered = cover(scene, t, Eigen::Vector2d(x, y));
          if (covered == Cover::outside) continue;
          Eigen::Matrix3d corners;
          for (int i = 0; i < 3; ++i) {
            corners.col(i) = scene.vertices.col(scene.triangles(i, t)).cast<double>();
          }
          Eigen::Matrix3d plane = corners.transpose();
          plane.col(2).setOnes();
          const double depth =
              plane.fullPivLu().solve(corners.row(2).transpose()).dot(Eigen::Vector3d(x, y, 1));
          nearest_touched = std::max(nearest_touched, depth);
          if (covered == Cover::inside) nearest_inside = std::max(nearest_inside, depth);
        }
        const float drawn = raster.depth[pixel_index(x, y)];
        if (std::isinf(nearest_touched)) {
          EXPECT_EQ(raster.triangle[pixel_index(x, y)], -1) << "seed " << seed << " at " << x << ", " << y;
          continue;
        }
        EXPECT_LE(drawn, nearest_touched + 1e-2) << "seed " << seed << " at " << x << ", " << y;
        EXPECT_GE(drawn, nearest_inside - 1e-2) << "seed " << seed << " at " << x << ", " << y;
      }
    }
  }
}

TEST(Rasterizer, BarycentricWeightsReproduceThePixelCentre) {
  const Scene scene = random_scene(7, 12);
  Raster raster;
  rasterize(scene.vertices, scene.triangles, image_size, true, raster);
  int drawn = 0;
  for (int y = 0; y < image_size; ++y) {
    for (int x = 0; x < image_size; ++x) {
      const int t = raster.triangle[pixel_index(x, y)];
      if (t < 0) continue;
      ++drawn;
      Eigen::Vector3f point = Eigen::Vector3f::Zero();
      float sum = 0;
      for (int i = 0; i < 3; ++i) {
        const float weight = raster.barycentric[static_cast<std::size_t>(i)][pixel_index(x, y)];
        EXPECT_GE(weight, -1e-5F);
        sum += weight;
        point += weight * scene.vertices.col(scene.triangles(i, t));
      }
      EXPECT_NEAR(sum, 1.0F, 1e-5F);
      EXPECT_NEAR(point.x(), static_cast<float>(x), 1e-3F);
      EXPECT_NEAR(point.y(), static_cast<float>(y), 1e-3F);
      EXPECT_NEAR(point.z(), raster.depth[pixel_index(x, y)], 1e-3F);
    }
  }
  EXPECT_GT(drawn, image_size * image_size / 4);
}

/// Triangulated grids with jittered inner points, some on pixel centres: each triangle drawn alone, every
/// centre within the outline must be covered exactly once.
TEST(Rasterizer, SharedEdgesLeaveNeitherHolesNorDoubleCoverage) {
  constexpr int cells = 9;
  for (unsigned seed = 0; seed < 10; ++seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> jitter(-1.2F, 1.2F);
    Eigen::Matrix3Xf vertices(3, (cells + 1) * (cells + 1));
    for (int j = 0; j <= cells; ++j) {
      for (int i = 0; i <= cells; ++i) {
        const bool inner = i > 0 && j > 0 && i < cells && j < cells;
        Eigen::Vector3f point(2.0F + 4.0F * static_cast<float>(i), 3.0F + 4.0F * static_cast<float>(j), 0.0F);
        if (inner && seed > 0) point += Eigen::Vector3f(jitter(random), jitter(random), 0);
        vertices.col(j * (cells + 1) + i) = point;
      }
    }
    std::vector<int> count(image_size * image_size, 0);
    for (int j = 0; j < cells; ++j) {
      for (int i = 0; i < cells; ++i) {
        const int corner = j * (cells + 1) + i;
        for (const Eigen::Vector3i& triangle :
             {Eigen::Vector3i(corner, corner + cells + 1, corner + 1),
              Eigen::Vector3i(corner + 1, corner + cells + 1, corner + cells + 2)}) {
          Raster raster;
          rasterize(vertices, triangle, image_size, false, raster);
          for (std::size_t p = 0; p < count.size(); ++p) count[p] += raster.triangle[p] >= 0 ? 1 : 0;
        }
      }
    }
    for (int y = 0; y < image_size; ++y) {
      for (int x = 0; x < image_size; ++x) {
        const bool within = x >= 2 && x < 2 + 4 * cells && y >= 3 && y < 3 + 4 * cells;  // top-left rule
        EXPECT_EQ(count[pixel_index(x, y)], within ? 1 : 0) << "seed " << seed << " at " << x << ", " << y;
      }
    }
  }
}

TEST(Rasterizer, DrawsTrianglesThatFaceAwayOnlyWhenTwoSided) {
  Eigen::Matrix3Xf vertices(3, 3);
  vertices << 2, 2, 30, 2, 30, 2, 5, 5, 5;
  const Eigen::Matrix3Xi facing = Eigen::Vector3i(0, 1, 2);  // down, then right: counter-clockwise
  const Eigen::Matrix3Xi away = Eigen::Vector3i(0, 2, 1);
  const auto covered = [&](const Eigen::Matrix3Xi& triangles, bool two_sided) {
    Raster raster;
    rasterize(vertices, triangles, image_size, two_sided, raster);
    return raster.triangle[pixel_index(5, 5)] == 0;
  };
  EXPECT_TRUE(covered(facing, false));
  EXPECT_TRUE(covered(facing, true));
  EXPECT_FALSE(covered(away, false));
  EXPECT_TRUE(covered(away, true));
}

TEST(Rasterizer, NearerTriangleWinsInEitherOrder) {
  Eigen::Matrix3Xf vertices(3, 6);
  vertices << 2, 2, 30, 2, 2, 30, 2, 30, 2, 2, 30, 2, 5, 5, 5, 9, 9, 9;
  Eigen::Matrix3Xi triangles(3, 2);
  triangles << 0, 3, 1, 4, 2, 5;
  Raster raster;
  rasterize(vertices, triangles, image_size, false, raster);
  EXPECT_EQ(raster.triangle[pixel_index(5, 5)], 1);
  const Eigen::Matrix3Xi swapped = triangles.rowwise().reverse();
  rasterize(vertices, swapped, image_size, false, raster);
  EXPECT_EQ(raster.triangle[pixel_index(5, 5)], 0);
  EXPECT_FLOAT_EQ(raster.depth[pixel_index(5, 5)], 9.0F);
}

TEST(Rasterizer, SurvivesDegenerateAndUnboundedTriangles) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  Eigen::Matrix3Xf vertices(3, 8);
  vertices.col(0) << 5, 5, 1;
  vertices.col(1) << 5, 5, 1;
  vertices.col(2) << 9, 9, 1;
  vertices.col(3) << nan, 3, 1;
  vertices.col(4) << infinity, 3, 1;
  vertices.col(5) << 3, 40, nan;
  vertices.col(6) << 1e30F, -1e30F, 1;
  vertices.col(7) << 20, 5, infinity;
  Raster raster;
  int drawn = 0;
  for (int a = 0; a < 8; ++a) {
    for (int b = 0; b < 8; ++b) {
      for (int c = 0; c < 8; ++c) {
        rasterize(vertices, Eigen::Vector3i(a, b, c), image_size, true, raster);
        for (const int t : raster.triangle) drawn += t >= 0 ? 1 : 0;
      }
    }
  }
  EXPECT_EQ(drawn, 0);
}

TEST(Rasterizer, FillsTheImageWithATriangleMuchLargerThanIt) {
  Eigen::Matrix3Xf vertices(3, 3);
  vertices << -1e6F, 0, 1e6F, -9e5F, 9e5F, -9e5F, 1, 2, 3;
  Raster raster;
  rasterize(vertices, Eigen::Vector3i(0, 1, 2), image_size, false, raster);
  for (std::size_t i = 0; i < raster.triangle.size(); ++i) {
    EXPECT_EQ(raster.triangle[i], 0);
    EXPECT_NEAR(raster.depth[i], 2.0F, 1e-3F);
  }
}

}  // namespace
}  // namespace reenact
