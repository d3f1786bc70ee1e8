#include "study/statistics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "reenact/study/scores.h"
#include "study/random.h"

namespace reenact {
namespace {

constexpr std::uint64_t bootstrap_seed = 20200823;
constexpr double normal_quantile_975 = 1.959963984540054;

}  // namespace

double mean_of(const std::vector<double>& values) {
  if (values.empty()) return not_measured;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

Interval bootstrap_mean(const std::vector<double>& values, int resamples) {
  if (values.size() < 2 || resamples < 1) return {not_measured, not_measured};
  Random random(bootstrap_seed);
  std::vector<double> means(static_cast<std::size_t>(resamples));
  for (double& mean : means) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += values[random.index(values.size())];
    mean = sum / static_cast<double>(values.size());
  }
  std::sort(means.begin(), means.end());
  const std::size_t below = means.size() / 40;
  return {means[below], means[means.size() - 1 - below]};
}

Interval wilson(double successes, double trials) {
  const double z2 = normal_quantile_975 * normal_quantile_975;
  const double p = successes / trials;
  const double center = (p + z2 / (2 * trials)) / (1 + z2 / trials);
  const double radius =
      normal_quantile_975 / (1 + z2 / trials) * std::sqrt(p * (1 - p) / trials + z2 / (4 * trials * trials));
  return {std::max(0.0, center - radius), std::min(1.0, center + radius)};
}

}  // namespace reenact
