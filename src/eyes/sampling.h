#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

#include "reenact/core/smoothstep.h"

namespace reenact {

inline float clamped(float value, float low, float high) { return std::min(std::max(value, low), high); }

using Colour = cv::Vec3f;  ///< B, G, R in [0, 255]

inline Colour mixed(const Colour& a, const Colour& b, float share_of_b) { return a + share_of_b * (b - a); }

inline Colour clamped(const Colour& colour, float low, float high) {
  return {clamped(colour[0], low, high), clamped(colour[1], low, high), clamped(colour[2], low, high)};
}

inline float luma(const Colour& colour) {
  return 0.114F * colour[0] + 0.587F * colour[1] + 0.299F * colour[2];
}

/// A picture read at places between its pixels, its edge repeated beyond it. `Pixel` is float, cv::Vec3f or
/// cv::Vec3b.
template <typename Pixel>
class Sampler {
 public:
  explicit Sampler(const cv::Mat& picture) : picture_(picture) {}

  /// Bilinear.
  auto linear(float x, float y) const {
    const float fx = std::floor(x);
    const float fy = std::floor(y);
    const int left = static_cast<int>(fx);
    const int top = static_cast<int>(fy);
    const auto above = between(pixel(left, top), pixel(left + 1, top), x - fx);
    const auto below = between(pixel(left, top + 1), pixel(left + 1, top + 1), x - fx);
    return between(above, below, y - fy);
  }

  /// Cubic convolution (Keys, IEEE Trans. ASSP 29, 1981; slope −3/4).
  auto cubic(float x, float y) const {
    const float fx = std::floor(x);
    const float fy = std::floor(y);
    const int left = static_cast<int>(fx);
    const int top = static_cast<int>(fy);
    float across[4];
    float down[4];
    weights(x - fx, across);
    weights(y - fy, down);
    auto sum = 0.0F * widened(pixel(left, top));
    for (int j = 0; j < 4; ++j) {
      auto row = 0.0F * sum;
      for (int i = 0; i < 4; ++i) row += across[i] * widened(pixel(left - 1 + i, top - 1 + j));
      sum += down[j] * row;
    }
    return sum;
  }

 private:
  static float widened(float value) { return value; }
  static Colour widened(const cv::Vec3f& value) { return value; }
  static Colour widened(const cv::Vec3b& value) {
    return {static_cast<float>(value[0]), static_cast<float>(value[1]), static_cast<float>(value[2])};
  }
  template <typename Value>
  static auto between(const Value& a, const Value& b, float share) {
    const auto from = widened(a);
    return static_cast<decltype(widened(a))>(from + share * (widened(b) - from));
  }
  static void weights(float t, float* taps) {
    constexpr float slope = -0.75F;
    const auto inner = [](float u) { return ((slope + 2) * u - (slope + 3)) * u * u + 1; };
    const auto outer = [](float u) { return (((u - 5) * u + 8) * u - 4) * slope; };
    taps[0] = outer(1 + t);
    taps[1] = inner(t);
    taps[2] = inner(1 - t);
    taps[3] = outer(2 - t);
  }
  const Pixel& pixel(int x, int y) const {
    return picture_.template ptr<Pixel>(
        std::clamp(y, 0, picture_.rows - 1))[std::clamp(x, 0, picture_.cols - 1)];
  }

  const cv::Mat& picture_;
};

}  // namespace reenact
