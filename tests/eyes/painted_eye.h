#pragma once

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

#include "reenact/eyes/photo_eye.h"

namespace reenact::test {

/// A picture of one open eye made by formulas, and what landmarks would say of it.
struct PaintedEye {
  cv::Mat canvas;  ///< 8-bit BGR
  EyeInPhoto seen;
  cv::Vec3b skin{120, 150, 200};
  cv::Vec3b white{225, 228, 230};
  cv::Vec3b iris;
};

/// Height of both lids above and below the axis at `a`, in eye widths.
inline double painted_lid(double a) { return 0.19 * std::sqrt(std::max(4 * a * (1 - a), 0.0)); }

/// An eye `width` pixels wide in the middle of its picture. The subject's right eye; a ball of 0.6 widths.
inline PaintedEye paint_eye(int width, const cv::Vec3b& iris = {40, 60, 90}) {
  PaintedEye eye;
  eye.iris = iris;
  const double w = width;
  const int size = 3 * width;
  const cv::Point2d outer(w, 1.5 * w);
  const double radius = 0.22 * w;
  eye.canvas.create(size, size, CV_8UC3);
  constexpr int samples = 4;
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      cv::Vec3d sum(0, 0, 0);
      for (int k = 0; k < samples * samples; ++k) {
        const double px = x + (k % samples + 0.5) / samples - 0.5;
        const double py = y + (k / samples + 0.5) / samples - 0.5;
        const double a = (px - outer.x) / w;
        const double h = std::abs(py - outer.y) / w;
        const double from_iris = std::hypot(px - 1.5 * w, py - 1.5 * w);
        const bool inside = a > 0 && a < 1 && h < painted_lid(a);
        sum += cv::Vec3d(inside ? (from_iris < radius ? eye.iris : eye.white) : eye.skin);
      }
      for (int c = 0; c < 3; ++c) {
        eye.canvas.at<cv::Vec3b>(y, x)[c] = cv::saturate_cast<std::uint8_t>(sum[c] / (samples * samples));
      }
    }
  }
  eye.seen.side = EyeSide::right;
  for (std::size_t i = 0; i < EyeContour::points; ++i) {
    const double a = 0.5 - 0.5 * std::cos(M_PI * static_cast<double>(i) / (EyeContour::points - 1));
    const double h = painted_lid(a) * w;
    eye.seen.contour.upper[i] = Eigen::Vector2d(outer.x + a * w, outer.y - h).cast<float>();
    eye.seen.contour.lower[i] = Eigen::Vector2d(outer.x + a * w, outer.y + h).cast<float>();
  }
  eye.seen.iris = Eigen::Vector2d(1.5 * w, 1.5 * w).cast<float>();
  eye.seen.iris_radius = static_cast<float>(radius);
  eye.seen.ball_radius = static_cast<float>(0.6 * w);
  return eye;
}

}  // namespace reenact::test
