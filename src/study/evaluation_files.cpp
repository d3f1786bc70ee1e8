#include <cmath>
#include <nlohmann/json.hpp>

#include "reenact/files/csv.h"
#include "reenact/files/whole_file.h"
#include "reenact/study/report.h"
#include "study/report_page.h"

namespace reenact {
namespace {

using nlohmann::ordered_json;

/// JSON has no NaN and no infinity.
ordered_json number_json(double value) {
  if (std::isnan(value)) return nullptr;
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

ordered_json scores_json(const Scores& scores) {
  ordered_json values = ordered_json::object();
  for (std::size_t i = 0; i < measure_count; ++i) {
    values[measure_info(static_cast<Measure>(i)).key] = number_json(scores.values[i]);
  }
  return values;
}

ordered_json fidelity_json(const PerFeature<FeatureFidelity>& fidelity) {
  ordered_json values = ordered_json::object();
  for (std::size_t f = 0; f < motion_feature_count; ++f) {
    const FeatureFidelity& feature = fidelity.values[f];
    values[motion_feature_info(static_cast<MotionFeature>(f)).key] = {
        {"correlation", number_json(feature.correlation)}, {"amplitude", number_json(feature.amplitude)}};
  }
  return values;
}

ordered_json item_json(const ItemScores& item) {
  ordered_json frames = ordered_json::array();
  for (const FrameScores& frame : item.frames) {
    ordered_json row = {{"frame", frame.frame}, {"time_s", number_json(frame.time_s)}};
    row.update(scores_json(frame.scores));
    frames.push_back(row);
  }
  ordered_json worst = ordered_json::array();
  for (const WorstFrame& frame : item.worst) worst.push_back({{"frame", frame.frame}, {"why", frame.why}});
  return {{"name", item.name},
          {"person", item.person},
          {"source", item.source},
          {"driver", item.driver},
          {"result", item.result},
          {"failure", item.failure},
          {"notes", item.notes},
          {"mean", scores_json(item.mean)},
          {"fidelity", fidelity_json(item.fidelity)},
          {"worst_frames", worst},
          {"frames", frames}};
}

ordered_json summary_json(const Evaluation& evaluation) {
  ordered_json rows = ordered_json::array();
  for (std::size_t i = 0; i < measure_count; ++i) {
    const MeasureInfo& info = measure_info(static_cast<Measure>(i));
    const Summary& summary = evaluation.summary[i];
    ordered_json row = {{"measure", info.key},
                        {"title", info.title},
                        {"unit", info.unit},
                        {"higher_is_better", info.higher_is_better},
                        {"mean", number_json(summary.mean)},
                        {"low", number_json(summary.low)},
                        {"high", number_json(summary.high)},
                        {"persons", summary.count}};
    const auto reason = evaluation.missing.find(info.key);
    if (reason != evaluation.missing.end()) row["not_measured"] = reason->second;
    rows.push_back(row);
  }
  return rows;
}

ordered_json interval_json(const Summary& summary) {
  return {{"mean", number_json(summary.mean)},
          {"low", number_json(summary.low)},
          {"high", number_json(summary.high)},
          {"items", summary.count}};
}

ordered_json fidelity_summary_json(const Evaluation& evaluation) {
  ordered_json rows = ordered_json::array();
  for (std::size_t f = 0; f < motion_feature_count; ++f) {
    const MotionFeatureInfo& info = motion_feature_info(static_cast<MotionFeature>(f));
    const FidelitySummary& summary = evaluation.fidelity.values[f];
    rows.push_back({{"feature", info.key},
                    {"title", info.title},
                    {"correlation", interval_json(summary.correlation)},
                    {"amplitude", interval_json(summary.amplitude)}});
  }
  return rows;
}

std::string evaluation_json(const Evaluation& evaluation) {
  ordered_json items = ordered_json::array();
  for (const ItemScores& item : evaluation.items) items.push_back(item_json(item));
  ordered_json cost = ordered_json::array();
  for (const GeneratorCost& entry : evaluation.cost) {
    cost.push_back({{"generator", entry.generator},
                    {"precision", entry.precision},
                    {"initialize_macs", number_json(entry.initialize_macs)},
                    {"forward_macs", number_json(entry.forward_macs)},
                    {"initialize_parameters", entry.initialize_parameters},
                    {"forward_parameters", entry.forward_parameters}});
  }
  const ordered_json document = {{"format", "reenact-evaluation"},
                                 {"format_version", 1},
                                 {"title", evaluation.title},
                                 {"mode", evaluation.mode},
                                 {"interval", "95 %, percentile bootstrap over persons"},
                                 {"summary", summary_json(evaluation)},
                                 {"fidelity", fidelity_summary_json(evaluation)},
                                 {"cost", cost},
                                 {"versions", evaluation.versions},
                                 {"model_sha256", evaluation.model_sha256},
                                 {"items", items}};
  return document.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

void add_scores(const Scores& scores, std::vector<std::string>& fields) {
  for (const double value : scores.values) fields.push_back(csv_number(value));
}

void add_fidelity(const PerFeature<FeatureFidelity>& fidelity, std::vector<std::string>& fields) {
  for (const FeatureFidelity& feature : fidelity.values) {
    fields.push_back(csv_number(feature.correlation));
    fields.push_back(csv_number(feature.amplitude));
  }
}

std::vector<std::string> with_fidelity(std::vector<std::string> columns) {
  for (std::size_t f = 0; f < motion_feature_count; ++f) {
    const std::string key = motion_feature_info(static_cast<MotionFeature>(f)).key;
    columns.push_back(key + "_correlation");
    columns.push_back(key + "_amplitude");
  }
  return columns;
}

std::vector<std::string> with_measures(std::vector<std::string> columns) {
  for (std::size_t i = 0; i < measure_count; ++i)
    columns.emplace_back(measure_info(static_cast<Measure>(i)).key);
  return columns;
}

std::string frames_csv(const Evaluation& evaluation) {
  std::string text = csv_line(with_measures({"item", "person", "frame", "time_s"}));
  for (const ItemScores& item : evaluation.items) {
    for (const FrameScores& frame : item.frames) {
      std::vector<std::string> fields = {item.name, item.person, std::to_string(frame.frame),
                                         csv_number(frame.time_s)};
      add_scores(frame.scores, fields);
      text += csv_line(fields);
    }
  }
  return text;
}

std::string items_csv(const Evaluation& evaluation) {
  std::string text = csv_line(
      with_fidelity(with_measures({"item", "person", "source", "driver", "result", "failure", "frames"})));
  for (const ItemScores& item : evaluation.items) {
    std::vector<std::string> fields = {item.name,
                                       item.person,
                                       item.source,
                                       item.driver,
                                       item.result,
                                       item.failure,
                                       std::to_string(item.frames.size())};
    add_scores(item.mean, fields);
    add_fidelity(item.fidelity, fields);
    text += csv_line(fields);
  }
  return text;
}

}  // namespace

void write_evaluation(const Evaluation& evaluation, const std::filesystem::path& directory) {
  make_folder(directory);
  write_file(directory / "evaluation.json", evaluation_json(evaluation));
  write_file(directory / "frames.csv", frames_csv(evaluation));
  write_file(directory / "items.csv", items_csv(evaluation));
  write_file(directory / "report.html", report_page(evaluation));
}

}  // namespace reenact
