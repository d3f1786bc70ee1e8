#include "reenact/app/run_report.h"

#include <fstream>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <sstream>

#include "media/partial_file.h"
#include "reenact/app/versions.h"
#include "reenact/core/error.h"
#include "reenact/infer/device.h"
#include "reenact/io/sha256.h"

namespace reenact {
namespace {

using nlohmann::json;

const char* name_of(OnLost on_lost) {
  switch (on_lost) {
    case OnLost::hold:
      return "hold";
    case OnLost::skip:
      return "skip";
    case OnLost::fail:
      return "fail";
  }
  return "";
}

const char* name_of(MotionMode mode) { return mode == MotionMode::relative ? "relative" : "absolute"; }

std::string name_of(const FaceChoice& choice) {
  switch (choice.kind) {
    case FaceChoice::Kind::largest:
      return "largest";
    case FaceChoice::Kind::center:
      return "center";
    case FaceChoice::Kind::index:
      return std::to_string(choice.index);
  }
  return "";
}

json options_json(const ReenactOptions& options, const RunSummary& summary) {
  return {{"source", options.source.string()},
          {"driver", options.driver.string()},
          {"output", options.output.string()},
          {"generator", options.generator},
          {"landmarks", options.landmarks == LandmarkScheme::dlib68 ? "dlib68" : "dense"},
          {"face", name_of(options.driver_face)},
          {"source_face", name_of(options.source_face)},
          {"motion", name_of(summary.motion)},
          {"reference_frame", summary.reference_frame},
          {"on_lost", name_of(options.on_lost)},
          {"crop", options.view.crop_only},
          {"size", options.view.size},
          {"side_by_side", options.side_by_side},
          {"label", options.label},
          {"audio", options.audio},
          {"crf", options.crf},
          {"preset", options.preset},
          {"device", options.infer.device},
          {"threads", options.infer.threads},
          {"smoothing",
           {{"enabled", options.tracking.smoothing.enabled},
            {"min_cutoff_hz", options.tracking.smoothing.min_cutoff_hz},
            {"beta", options.tracking.smoothing.beta}}},
          {"look_ahead_frames", options.tracking.look_ahead_frames}};
}

json models_json(const ReenactOptions& options, const RunSummary& summary) {
  json models = {{"face_model", sha256_of_file(options.models / "face_model" / "face_model.safetensors")}};
  if (!summary.generator.name.empty()) models["generator"] = summary.generator.sha256;
  if (options.landmarks == LandmarkScheme::dlib68) {
    models["shape_predictor"] = sha256_of_file(options.shape_predictor);
  } else {
    models["facemesh"] = sha256_of_file(options.models / "landmarks" / "facemesh.pt");
    models["iris"] = sha256_of_file(options.models / "landmarks" / "iris.pt");
  }
  return models;
}

double frames_per_second(const RunSummary& summary) {
  return summary.seconds > 0 ? static_cast<double>(summary.frames) / summary.seconds : 0.0;
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
                       {"model_sha256", models_json(options, summary)},
                       {"result",
                        {{"outputs", outputs},
                         {"frames", summary.frames},
                         {"lost_frames", summary.lost},
                         {"interrupted", summary.interrupted},
                         {"width", summary.width},
                         {"height", summary.height},
                         {"seconds", summary.seconds},
                         {"frames_per_second", frames_per_second(summary)},
                         {"stage_seconds", stages},
                         {"source_fit_error", summary.source_fit_error},
                         {"driver_fit_error", summary.driver_fit_error},
                         {"device", summary.generator.device},
                         {"seconds_to_first_frame", summary.seconds_to_first},
                         {"notes", summary.notes}}}};
  PartialFile partial(path);
  std::ofstream file(partial.path());
  // Paths need not be UTF-8, JSON must.
  file << report.dump(2, ' ', false, json::error_handler_t::replace) << '\n';
  file.close();
  if (!file) throw OutputError("cannot write the report " + path.string() + "; is the disk full?");
  partial.commit();
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
