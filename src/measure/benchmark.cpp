#include "reenact/measure/benchmark.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <optional>
#include <sstream>
#include <thread>

#include "measure/machine_load.h"
#include "measure/percentile.h"
#include "measure/synthetic_face.h"
#include "reenact/animate/engine.h"
#include "reenact/animate/versions.h"
#include "reenact/core/error.h"
#include "reenact/files/text_table.h"
#include "reenact/infer/graph_cost.h"
#include "reenact/infer/peak_rate.h"
#include "reenact/media/video_writer.h"

namespace reenact {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr int synthetic_size = 512;
constexpr Stage timed_stages[] = {Stage::decode,  Stage::landmarks, Stage::mouth,  Stage::fit,
                                  Stage::shading, Stage::maps,      Stage::detail, Stage::network,
                                  Stage::compose, Stage::encode};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// A folder of its own that is removed with its contents.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::error_code error;
    std::string name = (fs::temp_directory_path(error) / "reenact-benchmark-XXXXXX").string();
    if (error || mkdtemp(name.data()) == nullptr) {
      throw OutputError("no folder for temporary files can be made; set TMPDIR to one that may be written");
    }
    path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Draws a photo and a clip of `frames` frames and names them in `run`.
void make_synthetic_input(const FaceModel& model, int frames, const fs::path& folder, ReenactOptions& run) {
  run.source = folder / "source.png";
  run.driver = folder / "driver.mp4";
  const auto picture = [&](std::int64_t index) {
    return draw_synthetic_face(model, synthetic_motion(model, index, synthetic_size), synthetic_size);
  };
  if (!cv::imwrite(run.source.string(), picture(0))) throw OutputError("cannot write " + run.source.string());
  VideoWriterOptions video;
  video.time_base = {1, 25};
  VideoWriter writer(run.driver, cv::Size(synthetic_size, synthetic_size), video);
  for (int i = 0; i < frames; ++i) writer.write(picture(i), i);
  writer.finish();
  writer.commit();
}

StageFigures figures_of(const StageTimes& times, Stage stage, int warm_up) {
  std::vector<double> samples = times.samples(stage);
  // The last call of `encode` closes the file, and that of `decode` finds the end.
  if (!samples.empty() && (stage == Stage::encode || stage == Stage::decode)) samples.pop_back();
  if (samples.size() > static_cast<std::size_t>(warm_up))
    samples.erase(samples.begin(), samples.begin() + warm_up);
  std::sort(samples.begin(), samples.end());
  return {stage_names[static_cast<std::size_t>(stage)], samples.size(), percentile_ms(samples, 0.5),
          percentile_ms(samples, 0.9)};
}

/// Runs the chain from the opened driver on, as far as `frames`.
RunSummary run_chain(const Engine& engine, const SourceAvatar& avatar, const ReenactOptions& run,
                     std::int64_t frames, bool keep_samples, const RunObserver& observer) {
  const Clock::time_point start = Clock::now();
  RunSummary summary;
  if (keep_samples) summary.times.keep_samples();
  std::int64_t done = 0;
  RunObserver watch = observer;
  watch.should_stop = [&] {
    if (observer.should_stop && observer.should_stop()) throw Interrupted("interrupted");
    return done >= frames;
  };
  watch.progress = [&](std::int64_t index, std::int64_t) {
    done = index;
    if (observer.progress) observer.progress(done, frames);
  };
  Driver driver(run.driver, run.image_folder_rate());
  std::unique_ptr<MotionSource> motion = open_motion(engine, driver, run, watch, summary.times);
  animate({engine, &avatar, driver.info(), *motion}, run, watch, summary);
  motion.reset();  // its decoder still counts its time
  summary.seconds = seconds_since(start);
  return summary;
}

}  // namespace

void BenchmarkOptions::validate() const {
  if (warm_up < 0 || warm_up > 100000) throw UsageError("--warm-up must lie between 0 and 100000");
  if (frames < 1 || frames > 1000000) throw UsageError("--frames must lie between 1 and 1000000");
  if (run.source.empty() != run.driver.empty()) {
    throw UsageError("--benchmark needs both --source and --driver, or neither");
  }
  if (!run.output.empty() || !run.save_motion.empty() || !run.save_meshes.empty() || !run.report.empty()) {
    throw UsageError(
        "--benchmark leaves no files; leave out --output, --save-motion, --save-meshes and --report");
  }
}

BenchmarkResult run_benchmark(const BenchmarkOptions& options, const RunObserver& observer) {
  options.validate();
  const ScratchFolder scratch;
  BenchmarkResult result;
  ReenactOptions run = options.run;
  const std::int64_t frames = options.warm_up + options.frames;

  const Clock::time_point before_load = Clock::now();
  const Engine engine(run, /*with_generator=*/true);
  engine.generator();
  result.load_s = seconds_since(before_load);

  result.input = run.source.empty() ? "synthetic" : run.source.string() + ", " + run.driver.string();
  if (run.source.empty()) {
    make_synthetic_input(engine.model(), static_cast<int>(frames), scratch.path(), run);
  }
  run.output = scratch.path() / "output.mp4";
  run.overwrite = true;
  run.validate();

  const Clock::time_point before_source = Clock::now();
  std::vector<std::string> notes;
  const SourceAvatar avatar = prepare_source(engine, run, notes);
  result.source_s = seconds_since(before_source);

  const RunSummary side_by_side = run_chain(engine, avatar, run, frames, /*keep_samples=*/false, observer);
  result.frames = side_by_side.frames;
  result.frames_per_second = static_cast<double>(side_by_side.frames) / side_by_side.seconds;
  std::int64_t written = 0;
  RunObserver only_first = observer;
  only_first.progress = [&](std::int64_t done, std::int64_t) { written = done; };
  only_first.should_stop = [&] { return written > 0; };
  result.first_frame_s = run_reenact(run, only_first).seconds_to_first;
  result.output_width = side_by_side.width;
  result.output_height = side_by_side.height;
  result.peak_memory_mb = peak_memory_mb();

  run.pipelined = false;
  const MachineLoad load;
  const RunSummary one_by_one = run_chain(engine, avatar, run, frames, /*keep_samples=*/true, observer);
  for (const Stage stage : timed_stages) {
    result.stages.push_back(figures_of(one_by_one.times, stage, options.warm_up));
    result.stages_ms += result.stages.back().median_ms;
  }
  const VideoInfo info = VideoReader(run.driver, run.image_folder_rate()).info();
  result.driver_width = info.width;
  result.driver_height = info.height;
  result.generator = engine.generator().info().name;
  result.device = engine.generator().info().device;
  result.precision = engine.generator().info().precision;
  result.threads = run.infer.threads > 0 ? run.infer.threads : default_threads();
  result.cores = static_cast<int>(std::thread::hardware_concurrency());
  result.peak_gmacs_per_s = measured_peak_gmacs_per_s(run.infer);
  const MachineLoad::Shares shares = load.shares();
  result.others_share = shares.others;
  result.steal_share = shares.steal;

  const GeneratorMethodCosts cost = generator_cost(generator_directory(run), run.infer.trust_model);
  result.initialize_macs = cost.once().macs;
  result.initialize_parameters = cost.once().parameters;
  result.forward_macs = cost.a_frame().macs;
  result.forward_parameters = cost.a_frame().parameters;
  const auto network = std::find_if(result.stages.begin(), result.stages.end(),
                                    [](const StageFigures& stage) { return stage.name == "network"; });
  if (network->median_ms > 0) {
    const double gmacs_per_s = 1e-6 * static_cast<double>(result.forward_macs) / network->median_ms;
    result.network_peak_share = gmacs_per_s / result.peak_gmacs_per_s;
  }
  return result;
}

std::string benchmark_text(const BenchmarkResult& result) {
  std::ostringstream text;
  text << std::fixed;
  text << "input     " << result.input << ", driver " << result.driver_width << "x" << result.driver_height
       << ", output " << result.output_width << "x" << result.output_height << ", " << result.frames
       << " frames\n";
  text << "generator " << result.generator << " in " << precision_name(result.precision) << " on "
       << result.device << ", " << result.threads << (result.threads == 1 ? " thread" : " threads")
       << " a network, " << result.cores << " cores\n";
  for (const Version& version : versions())
    text << "          " << version.name << ' ' << version.version << '\n';

  std::vector<std::vector<std::string>> rows = {{"stage, alone", "median ms", "p90 ms", "calls"}};
  for (const StageFigures& stage : result.stages) {
    rows.push_back(
        {stage.name, fixed(stage.median_ms, 2), fixed(stage.p90_ms, 2), std::to_string(stage.calls)});
  }
  rows.push_back({"together", fixed(result.stages_ms, 2), "", ""});
  text << '\n' << aligned(rows) << '\n';

  text << std::setprecision(1) << "end to end          " << result.frames_per_second
       << " frames/s, stages side by side\n"
       << std::setprecision(2) << "once per program    " << result.load_s << " s (models)\n"
       << "once per photo      " << result.source_s << " s\n"
       << "to the first frame  " << result.first_frame_s << " s\n"
       << std::setprecision(0) << "peak memory         " << result.peak_memory_mb << " MB\n"
       << std::setprecision(3) << "network             " << 1e-9 * static_cast<double>(result.forward_macs)
       << " GMAC, " << 1e-6 * static_cast<double>(result.forward_parameters) << " M parameters a frame; "
       << 1e-9 * static_cast<double>(result.initialize_macs) << " GMAC, "
       << 1e-6 * static_cast<double>(result.initialize_parameters) << " M once\n"
       << std::setprecision(0) << "                    " << 100 * result.network_peak_share << " % of the "
       << result.peak_gmacs_per_s << " GMAC/s of a matrix product on as many threads\n";
  text << "machine             others used " << 100 * result.others_share << " %, the host took "
       << 100 * result.steal_share << " % of its time\n";
  return text.str();
}

std::string benchmark_json(const BenchmarkResult& result) {
  using nlohmann::json;
  json stages = json::object();
  for (const StageFigures& stage : result.stages) {
    stages[stage.name] = {{"median_ms", stage.median_ms}, {"p90_ms", stage.p90_ms}, {"calls", stage.calls}};
  }
  json tools = json::object();
  for (const Version& version : versions()) tools[version.name] = version.version;
  const json report = {
      {"format", "reenact-benchmark"},
      {"format_version", 1},
      {"versions", tools},
      {"input", result.input},
      {"driver_size", {result.driver_width, result.driver_height}},
      {"output_size", {result.output_width, result.output_height}},
      {"frames", result.frames},
      {"generator", result.generator},
      {"device", result.device},
      {"precision", precision_name(result.precision)},
      {"threads", result.threads},
      {"cores", result.cores},
      {"stages", stages},
      {"stages_ms", result.stages_ms},
      {"frames_per_second", result.frames_per_second},
      {"load_s", result.load_s},
      {"source_s", result.source_s},
      {"first_frame_s", result.first_frame_s},
      {"peak_memory_mb", result.peak_memory_mb},
      {"initialize", {{"macs", result.initialize_macs}, {"parameters", result.initialize_parameters}}},
      {"forward", {{"macs", result.forward_macs}, {"parameters", result.forward_parameters}}},
      {"peak_gmacs_per_s", result.peak_gmacs_per_s},
      {"network_peak_share", result.network_peak_share},
      {"others_share", result.others_share},
      {"steal_share", result.steal_share},
      {"busy", result.busy()}};
  return report.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace reenact
