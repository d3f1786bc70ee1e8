#include <algorithm>
#include <cmath>

#include "reenact/files/text_table.h"
#include "reenact/study/report.h"
#include "study/evaluation_counts.h"

namespace reenact {

namespace {

std::string fidelity_table(const Evaluation& evaluation) {
  constexpr int decimals = 2;
  std::vector<std::vector<std::string>> rows = {
      {"fidelity", "correlation", "95 % interval", "amplitude", "95 % interval", "clips"}};
  for (std::size_t f = 0; f < motion_feature_count; ++f) {
    const FidelitySummary& summary = evaluation.fidelity.values[f];
    std::vector<std::string> row = {motion_feature_info(static_cast<MotionFeature>(f)).title};
    for (const Summary* of : {&summary.correlation, &summary.amplitude}) {
      row.push_back(fixed(of->mean, decimals));
      row.push_back(interval_text(of->low, of->high, decimals));
    }
    row.push_back(std::to_string(summary.amplitude.count));
    rows.push_back(std::move(row));
  }
  return aligned(rows);
}

}  // namespace

std::string summary_table(const Evaluation& evaluation) {
  std::vector<std::vector<std::string>> rows = {{"measure", "mean", "95 % interval", "better", "persons"}};
  for (std::size_t i = 0; i < measure_count; ++i) {
    const MeasureInfo& info = measure_info(static_cast<Measure>(i));
    const Summary& summary = evaluation.summary[i];
    const std::string title = info.title + (*info.unit == '\0' ? "" : std::string(" (") + info.unit + ")");
    if (std::isnan(summary.mean)) {
      rows.push_back({title, "not measured" + reason_clause(evaluation, static_cast<Measure>(i))});
    } else {
      rows.push_back({title, fixed(summary.mean, info.decimals),
                      interval_text(summary.low, summary.high, info.decimals),
                      info.higher_is_better ? "higher" : "lower", std::to_string(summary.count)});
    }
  }
  std::string text = evaluation.title + ": " + counts_text(evaluation) + "\n" + aligned(rows) + "\n" +
                     fidelity_table(evaluation);
  if (evaluation.cost.empty()) return text;

  rows = {{"generator", "once GMAC", "once M param", "frame GMAC", "frame M param", "frame precision"}};
  for (const GeneratorCost& cost : evaluation.cost) {
    rows.push_back({cost.generator, fixed(cost.initialize_macs / 1e9, 3),
                    fixed(static_cast<double>(cost.initialize_parameters) / 1e6, 3),
                    fixed(cost.forward_macs / 1e9, 3),
                    fixed(static_cast<double>(cost.forward_parameters) / 1e6, 3), cost.precision});
  }
  return text + "\n" + aligned(rows);
}

}  // namespace reenact
