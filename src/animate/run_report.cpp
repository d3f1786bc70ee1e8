#include "reenact/animate/run_report.h"

#include <iomanip>
#include <nlohmann/json.hpp>
#include <sstream>

#include "reenact/animate/option_names.h"
#include "reenact/animate/settings_json.h"
#include "reenact/animate/versions.h"
#include "reenact/core/error.h"
#include "reenact/files/whole_file.h"
#include "reenact/infer/device.h"

namespace reenact {
namespace {

using nlohmann::json;

/// The options with what the run made of them.
json options_json(const ReenactOptions& options, const RunSummary& summary) {
  json resolved = settings_json(options);
  resolved["source"] = options.source.string();
  resolved["driver"] = options.driver.string();
  resolved["output"] = options.output.string();
  resolved["motion"] = name_of<std::optional<MotionMode>>(motion_mode_names, summary.motion);
  resolved["reference_frame"] = summary.reference_frame;
  resolved["device"] = options.infer.device;
  resolved["threads"] = options.infer.threads;
  resolved["precision"] = precision_name(options.infer.precision);
  return resolved;
}

double frames_per_second(const RunSummary& summary) {
  return summary.seconds > 0 ? static_cast<double>(summary.frames) / summary.seconds : 0.0;
}

/// Which eyes of the photo were not drawn anew, and why.
json refused_eyes(const RunSummary& summary) {
  json refused = json::object();
  if (!summary.eye_refusals[0].empty()) refused["right"] = summary.eye_refusals[0];
  if (!summary.eye_refusals[1].empty()) refused["left"] = summary.eye_refusals[1];
  return refused;
}

json shots_json(const RunSummary& summary) {
  json shots = json::array();
  for (const Shot& shot : summary.shots) {
    shots.push_back({{"first_frame", shot.first_frame}});
    if (shot.reference_frame) shots.back()["reference_frame"] = *shot.reference_frame;
  }
  return shots;
}

}  // namespace

void write_run_report(const std::filesystem::path& path, const ReenactOptions& options,
                      const RunSummary& summary) {
  json stages = json::object();
  for (std::size_t i = 0; i < stage_count; ++i)
    stages[stage_names[i]] = summary.times.seconds(static_cast<Stage>(i));
  json tools = json::object();
  for (const Version& version : versions()) tools[version.name] = version.version;
  std::vector<std::string> outputs;
  for (const auto& output : summary.outputs) outputs.push_back(output.string());
  const json report = {{"format", "reenact-run"},
                       {"format_version", 1},
                       {"versions", tools},
                       {"devices", visible_devices()},
                       {"options", options_json(options, summary)},
                       {"model_sha256", model_hashes(options, summary.generator.sha256)},
                       {"result",
                        {{"outputs", outputs},
                         {"frames", summary.frames},
                         {"lost_frames", summary.lost},
                         {"shots", shots_json(summary)},
                         {"mouth_frames",
                          {{"driver", summary.mouths.driver},
                           {"remembered", summary.mouths.remembered},
                           {"unclear", summary.mouths.unclear},
                           {"turned", summary.mouths.turned}}},
                         {"interrupted", summary.interrupted},
                         {"incomplete", summary.incomplete},
                         {"width", summary.width},
                         {"height", summary.height},
                         {"seconds", summary.seconds},
                         {"frames_per_second", frames_per_second(summary)},
                         {"stage_seconds", stages},
                         {"source_fit_error", summary.source_fit_error},
                         {"driver_fit_error", summary.driver_fit_error},
                         {"eyes_left_to_mesh", refused_eyes(summary)},
                         {"layers", summary.layers},
                         {"one_layer_because", summary.layers_refusal},
                         {"device", summary.generator.device},
                         {"precision", precision_name(summary.generator.precision)},
                         {"seconds_to_first_frame", summary.seconds_to_first},
                         {"notes", summary.notes}}}};
  // Paths need not be UTF-8, JSON must.
  write_file(path, report.dump(2, ' ', false, json::error_handler_t::replace) + '\n');
}

std::string summary_text(const RunSummary& summary) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(1) << summary.frames << " frames in " << summary.seconds << " s ("
       << frames_per_second(summary) << " frames/s), face lost in " << summary.lost;
  text << std::setprecision(2) << "\nseconds:";
  for (std::size_t i = 0; i < stage_count; ++i) {
    const double seconds = summary.times.seconds(static_cast<Stage>(i));
    if (seconds > 0) text << ' ' << stage_names[i] << ' ' << seconds;
  }
  return text.str();
}

}  // namespace reenact
