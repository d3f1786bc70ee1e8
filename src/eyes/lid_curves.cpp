#include "reenact/eyes/lid_curves.h"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>

namespace reenact {
namespace {

constexpr int fine_samples = 4 * lid_samples;
constexpr auto knots = static_cast<Eigen::Index>(EyeContour::points);

/// Second derivatives of the natural cubic spline through (t, y).
Eigen::VectorXf spline_curvatures(const Eigen::VectorXf& t, const Eigen::VectorXf& y) {
  const Eigen::Index n = t.size();
  Eigen::MatrixXf system = Eigen::MatrixXf::Identity(n, n);
  Eigen::VectorXf right = Eigen::VectorXf::Zero(n);
  for (Eigen::Index i = 1; i + 1 < n; ++i) {
    const float before = t[i] - t[i - 1];
    const float after = t[i + 1] - t[i];
    system(i, i - 1) = before;
    system(i, i) = 2 * (before + after);
    system(i, i + 1) = after;
    right[i] = 6 * ((y[i + 1] - y[i]) / after - (y[i] - y[i - 1]) / before);
  }
  return system.partialPivLu().solve(right);
}

float spline_value(const Eigen::VectorXf& t, const Eigen::VectorXf& y, const Eigen::VectorXf& curvature,
                   Eigen::Index i, float at) {
  const float length = t[i + 1] - t[i];
  const float left = (t[i + 1] - at) / length;
  const float right = 1 - left;
  return left * y[i] + right * y[i + 1] +
         length * length / 6 *
             ((left * left * left - left) * curvature[i] +
              (right * right * right - right) * curvature[i + 1]);
}

LidProfile edge_profile(const std::array<Eigen::Vector2f, EyeContour::points>& points,
                        const EyeFrame& frame) {
  Eigen::VectorXf along(knots), height(knots), chord(knots);
  for (Eigen::Index i = 0; i < knots; ++i) {
    const Eigen::Vector2f local = frame.local(points[static_cast<std::size_t>(i)]);
    along[i] = local.x();
    height[i] = local.y();
    const Eigen::Vector2f step =
        i == 0 ? Eigen::Vector2f::Zero().eval()
               : (points[static_cast<std::size_t>(i)] - points[static_cast<std::size_t>(i - 1)]).eval();
    chord[i] = i == 0 ? 0.0F : chord[i - 1] + std::max(step.norm(), 1e-3F);
  }
  const Eigen::VectorXf along_curvature = spline_curvatures(chord, along);
  const Eigen::VectorXf height_curvature = spline_curvatures(chord, height);
  LidProfile profile{};
  Eigen::Index piece = 0;
  int next = 0;
  float last_a = -1e-6F;
  float last_h = 0;
  for (int s = 0; s <= fine_samples && next < lid_samples; ++s) {
    const float t = chord[knots - 1] * static_cast<float>(s) / fine_samples;
    while (piece + 2 < knots && t > chord[piece + 1]) ++piece;
    const float a = std::max(spline_value(chord, along, along_curvature, piece, t), last_a);
    const float h = spline_value(chord, height, height_curvature, piece, t);
    for (; next < lid_samples && lid_position(next) <= a; ++next) {
      const float share = a > last_a ? (lid_position(next) - last_a) / (a - last_a) : 1.0F;
      profile[static_cast<std::size_t>(next)] = last_h + share * (h - last_h);
    }
    last_a = a;
    last_h = h;
  }
  for (; next < lid_samples; ++next) profile[static_cast<std::size_t>(next)] = last_h;
  return profile;
}

}  // namespace

EyeFrame::EyeFrame(const Eigen::Vector2f& outer_corner, const Eigen::Vector2f& inner_corner, EyeSide side)
    : outer(outer_corner) {
  const Eigen::Vector2f axis = inner_corner - outer_corner;
  width = std::max(axis.norm(), 1e-3F);
  along = axis.norm() > 1e-3F ? (axis / axis.norm()).eval() : Eigen::Vector2f::UnitX().eval();
  const float sign = side == EyeSide::right ? 1.0F : -1.0F;
  up = sign * Eigen::Vector2f(along.y(), -along.x());
}

LidCurves lid_curves(const EyeContour& contour, EyeSide side) {
  LidCurves curves;
  curves.frame = EyeFrame(contour.upper.front(), contour.upper.back(), side);
  curves.upper = edge_profile(contour.upper, curves.frame);
  curves.lower = edge_profile(contour.lower, curves.frame);
  for (std::size_t i = 0; i < curves.upper.size(); ++i) {
    curves.lower[i] = std::min(curves.lower[i], curves.upper[i]);
  }
  return curves;
}

LidProfile edge_foreshortening(const LidProfile& edge, float width) {
  LidProfile cosine{};
  for (int i = 0; i < lid_samples; ++i) {
    const int before = std::clamp(i - 1, 1, lid_samples - 4);
    const int after = std::clamp(i + 1, 3, lid_samples - 2);
    const float rise = edge[static_cast<std::size_t>(after)] - edge[static_cast<std::size_t>(before)];
    const float run = (lid_position(after) - lid_position(before)) * width;
    cosine[static_cast<std::size_t>(i)] = 1.0F / std::sqrt(1.0F + (rise / run) * (rise / run));
  }
  return cosine;
}

}  // namespace reenact
