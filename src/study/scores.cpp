#include "reenact/study/scores.h"

#include <cmath>

#include "study/statistics.h"

namespace reenact {
namespace {

constexpr std::array<MeasureInfo, measure_count> measures = {{
    {"psnr", "PSNR", "dB", true, 2},
    {"ssim", "SSIM", "", true, 4},
    {"masked_psnr", "M-PSNR", "dB", true, 2},
    {"masked_ssim", "M-SSIM", "", true, 4},
    {"lpips", "LPIPS", "", false, 4},
    {"csim", "CSIM", "", true, 3},
    {"nme", "NME", "", false, 4},
    {"pose_rmse", "Pose RMSE", "°", false, 2},
    {"expression_rmse", "Expression RMSE", "", false, 4},
    {"warping_error", "Warping error", "of 255", false, 2},
    {"jitter_ratio", "Jitter ratio", "×", false, 2},
}};

/// Mean of each person's items. An item that names no person counts as a person of its own.
std::vector<double> means_of_persons(const std::vector<ItemScores>& items, Measure measure) {
  std::map<std::string, std::vector<double>> values;
  for (const ItemScores& item : items) {
    const double value = item.mean[measure];
    if (std::isnan(value)) continue;
    values[item.person.empty() ? "item " + item.name : "person " + item.person].push_back(value);
  }
  std::vector<double> means;
  means.reserve(values.size());
  for (const auto& [person, of_person] : values) means.push_back(mean_of(of_person));
  return means;
}

Summary summary_of(const std::vector<double>& values, int resamples) {
  const Interval interval = bootstrap_mean(values, resamples);
  return {mean_of(values), interval.low, interval.high, static_cast<int>(values.size())};
}

/// Of every item in which it was measured.
std::vector<double> fidelities(const std::vector<ItemScores>& items, std::size_t feature,
                               double FeatureFidelity::*value) {
  std::vector<double> values;
  for (const ItemScores& item : items) {
    if (!std::isnan(item.fidelity.values[feature].*value))
      values.push_back(item.fidelity.values[feature].*value);
  }
  return values;
}

}  // namespace

const MeasureInfo& measure_info(Measure measure) { return measures.at(static_cast<std::size_t>(measure)); }

void summarize(Evaluation& evaluation, int resamples) {
  for (std::size_t i = 0; i < measure_count; ++i) {
    evaluation.summary[i] =
        summary_of(means_of_persons(evaluation.items, static_cast<Measure>(i)), resamples);
  }
  for (std::size_t f = 0; f < motion_feature_count; ++f) {
    evaluation.fidelity.values[f] = {
        summary_of(fidelities(evaluation.items, f, &FeatureFidelity::correlation), resamples),
        summary_of(fidelities(evaluation.items, f, &FeatureFidelity::amplitude), resamples)};
  }
}

}  // namespace reenact
