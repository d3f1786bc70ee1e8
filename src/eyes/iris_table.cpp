#include "eyes/iris_table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "eyes/sampling.h"

namespace reenact {
namespace {

// In eye widths, but for the last two, which are along the eye's axis.
constexpr float from_upper_lid = 0.035F;
constexpr float upper_fade = 0.05F;
constexpr float from_lower_lid = 0.005F;
constexpr float lower_fade = 0.03F;
constexpr float from_corner = 0.02F;
constexpr float corner_fade = 0.05F;

constexpr float least_trust = 0.15F;
constexpr float own_kernel_rad = 0.35F;
constexpr float wide_kernel_rad = 1.2F;
constexpr float mirror_share = 0.5F;
constexpr float wide_share = 0.08F;
constexpr float ring_share = 0.03F;
constexpr float least_ring_weight = 0.5F;
constexpr int least_rings = 3;

/// Sums of colours and of their weights in one cell.
struct Cell {
  Colour sum = Colour::all(0);
  float weight = 0;
  void add(const Cell& other, float share) {
    sum += share * other.sum;
    weight += share * other.weight;
  }
};
using Ring = std::array<Cell, iris_sectors>;

std::array<float, iris_sectors> kernel(float width_rad) {
  std::array<float, iris_sectors> values{};
  for (int i = 0; i < iris_sectors; ++i) {
    const float angle =
        static_cast<float>(2 * M_PI / iris_sectors) * static_cast<float>(std::min(i, iris_sectors - i));
    values[static_cast<std::size_t>(i)] = std::exp(-(angle / width_rad) * (angle / width_rad));
  }
  return values;
}

/// A pixel's colour shared out to the four cells around its place.
void splat(const IrisPlace& place, const Colour& colour, float weight, std::array<Ring, iris_rings>& rings) {
  const float radial = clamped(place.radius * (iris_rings - 1), 0.0F, iris_rings - 1.001F);
  const float turn = place.azimuth / static_cast<float>(2 * M_PI);
  const float around = (turn - std::floor(turn)) * iris_sectors;
  const auto ring = static_cast<std::size_t>(radial);
  const auto sector = static_cast<std::size_t>(around);
  const float out = radial - static_cast<float>(ring);
  const float on = around - static_cast<float>(sector);
  for (std::size_t r = 0; r < 2; ++r) {
    for (std::size_t s = 0; s < 2; ++s) {
      const float share = weight * (r == 0 ? 1 - out : out) * (s == 0 ? 1 - on : on);
      rings[ring + r][(sector + s) % iris_sectors].add({colour, 1.0F}, share);
    }
  }
}

/// A dark disc with a darker pupil, for an eye whose iris is not seen.
Colour default_iris(int ring, const Colour& white) {
  const Colour base = clamped(Colour(0.22F * white[0], 0.30F * white[1], 0.38F * white[2]), 10.0F, 120.0F);
  const float radius = static_cast<float>(ring) / (iris_rings - 1);
  if (radius < 0.4F) return clamped(0.12F * white, 5.0F, 40.0F);
  return radius > 0.9F ? 0.6F * base : base;
}

}  // namespace

cv::Mat iris_trust(const EyeRegion& region) {
  cv::Mat trust(region.box.size(), CV_32F);
  for (int y = 0; y < trust.rows; ++y) {
    for (int x = 0; x < trust.cols; ++x) {
      const EyePixel& pixel = region.at(y, x);
      trust.at<float>(y, x) =
          pixel.inside ? smoothstep((pixel.to_upper / region.width - from_upper_lid) / upper_fade) *
                             smoothstep((pixel.to_lower / region.width - from_lower_lid) / lower_fade) *
                             smoothstep((pixel.a - from_corner) / corner_fade) *
                             smoothstep((1 - from_corner - pixel.a) / corner_fade)
                       : 0.0F;
    }
  }
  return trust;
}

cv::Mat iris_table(const EyeRegion& region, const cv::Mat& picture, const cv::Mat& trust,
                   const cv::Vec3f& white) {
  std::array<Ring, iris_rings> seen{};
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x) {
      const float weight = trust.at<float>(y, x);
      const IrisPlace& place = region.at(y, x).iris;
      if (weight > least_trust && place.radius < 1.0F) splat(place, picture.at<Colour>(y, x), weight, seen);
    }
  }
  const std::array<float, iris_sectors> own = kernel(own_kernel_rad);
  const std::array<float, iris_sectors> wide = kernel(wide_kernel_rad);
  cv::Mat table(iris_rings, iris_sectors + 1, CV_32FC3);
  std::vector<int> known;
  for (int r = 0; r < iris_rings; ++r) {
    const Ring& ring = seen[static_cast<std::size_t>(r)];
    Cell whole;
    for (const Cell& cell : ring) whole.add(cell, 1.0F);
    if (whole.weight <= least_ring_weight) continue;
    known.push_back(r);
    for (std::size_t s = 0; s < iris_sectors; ++s) {
      Cell blended;
      for (std::size_t t = 0; t < iris_sectors; ++t) {
        const std::size_t apart = (s + iris_sectors - t) % iris_sectors;
        const std::size_t mirrored = (iris_sectors / 2 + iris_sectors - t) % iris_sectors;
        blended.add(ring[t], own[apart] + wide_share * wide[apart]);
        blended.add(ring[mirrored], mirror_share * own[apart]);
      }
      blended.add(whole, ring_share);
      table.at<Colour>(r, static_cast<int>(s)) = blended.sum / blended.weight;
    }
  }
  for (int r = 0; r < iris_rings; ++r) {
    if (static_cast<int>(known.size()) < least_rings) {
      table.row(r).setTo(cv::Scalar(default_iris(r, white)));
    } else {
      const int nearest = *std::min_element(known.begin(), known.end(),
                                            [r](int a, int b) { return std::abs(a - r) < std::abs(b - r); });
      if (nearest != r) table.row(nearest).copyTo(table.row(r));
    }
    table.at<Colour>(r, iris_sectors) = table.at<Colour>(r, 0);
  }
  return table;
}

}  // namespace reenact
