#include "eyes/iris_circle.h"

#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "eyes/sampling.h"

namespace reenact {
namespace {

// All lengths in eye widths.
constexpr float blur = 0.03F;
constexpr float step_reach = 0.05F;  ///< from the edge to either side
constexpr float below_upper_lid = 0.08F;
constexpr float above_lower_lid = 0.02F;
constexpr std::array<float, 3> grid_steps = {0.03F, 0.012F, 0.005F};
constexpr float least_radius = 0.17F;
constexpr float greatest_radius = 0.36F;
/// Levels lost for a centre 0.1 and a radius 0.05 from the guess.
constexpr float centre_prior = 8.0F;
constexpr float radius_prior = 2.5F;
constexpr float least_step = -20.0F;  ///< steps beyond these count as these
constexpr float greatest_step = 60.0F;
constexpr int angles = 72;
constexpr int least_visible = 8;  ///< angles
constexpr float invisible = -1e3F;

/// Mean outward step on the part of the circle that the lids leave free.
float mean_step(const Sampler<float>& grey, const Eigen::Vector2f& centre, float radius,
                const LidCurves& lids) {
  const float width = lids.frame.width;
  float sum = 0;
  int count = 0;
  for (int i = 0; i < angles; ++i) {
    const float angle = static_cast<float>(2 * M_PI) * static_cast<float>(i) / angles;
    const Eigen::Vector2f out(std::cos(angle), std::sin(angle));
    const Eigen::Vector2f local = lids.frame.local(centre + radius * out);
    const bool visible = local.x() > 0.03F && local.x() < 0.97F &&
                         local.y() < at(lids.upper, local.x()) - below_upper_lid * width &&
                         local.y() > at(lids.lower, local.x()) + above_lower_lid * width;
    if (!visible) continue;
    const Eigen::Vector2f outside = centre + (radius + step_reach * width) * out;
    const Eigen::Vector2f inside = centre + (radius - step_reach * width) * out;
    sum += clamped(grey.linear(outside.x(), outside.y()) - grey.linear(inside.x(), inside.y()), least_step,
                   greatest_step);
    ++count;
  }
  return count < least_visible ? invisible : sum / static_cast<float>(count);
}

float square(float x) { return x * x; }

}  // namespace

IrisCircle find_iris(const cv::Mat& grey, const IrisCircle& guess, const LidCurves& lids) {
  const float width = lids.frame.width;
  cv::Mat smooth;
  cv::GaussianBlur(grey, smooth, cv::Size(), std::max(0.6F, blur * width), 0, cv::BORDER_REPLICATE);
  const Sampler<float> sampler(smooth);
  IrisCircle best = guess;
  best.contrast = mean_step(sampler, guess.centre, guess.radius, lids);
  float best_value = best.contrast;
  for (const float grid_step : grid_steps) {
    const float step = grid_step * width;
    const IrisCircle start = best;
    for (int dx = -3; dx <= 3; ++dx) {
      for (int dy = -3; dy <= 3; ++dy) {
        for (int dr = -2; dr <= 2; ++dr) {
          const Eigen::Vector2f centre =
              start.centre + step * Eigen::Vector2f(static_cast<float>(dx), static_cast<float>(dy));
          const float radius = start.radius + step * static_cast<float>(dr);
          if (radius <= least_radius * width || radius >= greatest_radius * width) continue;
          const float contrast = mean_step(sampler, centre, radius, lids);
          const float value = contrast -
                              centre_prior * (centre - guess.centre).squaredNorm() / square(0.1F * width) -
                              radius_prior * square((radius - guess.radius) / (0.05F * width));
          if (contrast <= invisible || value <= best_value) continue;
          best = {centre, radius, contrast};
          best_value = value;
        }
      }
    }
  }
  return best;
}

}  // namespace reenact
