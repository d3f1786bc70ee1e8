#include "reenact/mouth/lip_contour.h"

#include <algorithm>

#include "mouth/lip_height.h"

namespace reenact {
namespace {

constexpr int left_corner = lip_landmarks / 2;
constexpr int steps = lip_edge_points / lip_landmarks;

bool is_corner(int landmark) { return landmark % left_corner == 0; }

}  // namespace

Eigen::Matrix2Xd dense_lip_contour(const Eigen::Matrix2Xd& landmarks) {
  Eigen::Matrix2Xd dense(2, lip_edge_points);
  for (int i = 0; i < lip_landmarks; ++i) {
    const int next = (i + 1) % lip_landmarks;
    const Eigen::Vector2d p1 = landmarks.col(i);
    const Eigen::Vector2d p2 = landmarks.col(next);
    const Eigen::Vector2d p0 = is_corner(i) ? Eigen::Vector2d(2 * p1 - p2) : landmarks.col(i - 1);
    const Eigen::Vector2d p3 =
        is_corner(next) ? Eigen::Vector2d(2 * p2 - p1) : landmarks.col((next + 1) % lip_landmarks);
    for (int k = 0; k < steps; ++k) {
      const double t = static_cast<double>(k) / steps;
      dense.col(steps * i + k) = 0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t * t +
                                        (3 * p1 - p0 - 3 * p2 + p3) * t * t * t);
    }
  }
  return dense;
}

double mean_opening(const Eigen::Matrix2Xd& contour) {
  constexpr int samples = 16;
  const LipHeight lower = LipHeight::lower(contour);
  const LipHeight upper = LipHeight::upper(contour);
  const double first = contour(0, 0);
  const double width = contour(0, lip_edge_points / 2) - first;
  double sum = 0;
  for (int i = 0; i < samples; ++i) {
    const double x = first + width * (0.25 + 0.5 * i / (samples - 1));
    sum += std::max(lower(x) - upper(x), 0.0);
  }
  return sum / samples;
}

}  // namespace reenact
