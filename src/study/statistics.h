#pragma once

#include <vector>

namespace reenact {

struct Interval {
  double low;
  double high;
};

/// Mean of `values`; not_measured when there is none.
double mean_of(const std::vector<double>& values);

/// 95 % percentile bootstrap interval of the mean (Efron 1979): the order statistics at 2.5 % and 97.5 %
/// (nearest rank) of the means of `resamples` draws with replacement. Fixed seed and no interpolation, so
/// that the same values give the same interval everywhere. Fewer than two values: not_measured.
Interval bootstrap_mean(const std::vector<double>& values, int resamples);

/// Wilson's 95 % score interval of a proportion (JASA 22, 1927). `trials` must be above 0.
Interval wilson(double successes, double trials);

}  // namespace reenact
