#include "cli/cmd_reenact.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iostream>
#include <thread>

#include "cli/interrupt_guard.h"
#include "cli/model_directory.h"
#include "cli/option_values.h"
#include "cli/progress_bar.h"
#include "reenact/animate/option_names.h"
#include "reenact/animate/run_report.h"
#include "reenact/batch/jobs.h"
#include "reenact/core/error.h"
#include "reenact/files/text_table.h"

namespace reenact::cli {
namespace {

Rational parse_rate(const std::string& text, const std::string& flag) {
  const std::size_t slash = text.find('/');
  const Rational rate{parse_count(text.substr(0, slash), flag),
                      slash == std::string::npos ? 1 : parse_count(text.substr(slash + 1), flag)};
  if (rate.num == 0 || rate.den == 0 || rate.value() > 1000) {
    throw UsageError(flag + " got '" + text + "'; a frame rate looks like 25 or 30000/1001");
  }
  return rate;
}

ReenactOptions resolve(const ReenactArguments& arguments) {
  ReenactOptions options = arguments.options;
  options.models = arguments.models.empty() ? find_models() : std::filesystem::path(arguments.models);
  options.landmarks = named(landmark_scheme_names, arguments.landmarks);
  options.driver_face = parse_face(arguments.face, "--face");
  options.source_face = parse_face(arguments.source_face, "--source-face");
  options.motion = named(motion_mode_names, arguments.motion);
  if (arguments.reference_frame != "auto") {
    options.reference_frame = parse_count(arguments.reference_frame, "--reference-frame");
  }
  if (arguments.size != "auto") {
    options.view.size =
        static_cast<int>(std::min<std::int64_t>(parse_count(arguments.size, "--size"), 1000000));
  }
  options.on_lost = named(on_lost_names, arguments.on_lost);
  options.mouth = named(mouth_inside_names, arguments.mouth);
  options.layers = arguments.layers == "on";
  options.background = parse_background(arguments.background);
  set_strength(arguments.strength, options);
  if (arguments.frame_rate != "auto") options.frame_rate = parse_rate(arguments.frame_rate, "--fps");
  options.audio = !arguments.no_audio;
  options.infer.precision = precision_named(arguments.precision);
  options.tracking.smoothing.enabled = !arguments.no_smoothing;
  options.tracking.refine = !arguments.no_refinement;
  return options;
}

/// A batch writes into a folder: one that is there, or a name with no ending or with a slash at its end.
bool is_batch(const ReenactArguments& arguments) {
  const std::filesystem::path output = arguments.output;
  std::error_code ignored;
  return !output.empty() && (!output.has_extension() || !output.has_filename() ||
                             std::filesystem::is_directory(output, ignored));
}

/// The one file that an option of a single run names.
std::string only(const std::vector<std::string>& named, const std::string& option) {
  if (named.size() > 1) {
    throw UsageError(option + " names " + std::to_string(named.size()) +
                     " files; a batch needs a folder as --output");
  }
  return named.empty() ? std::string() : named.front();
}

void require_no_batch_options(const ReenactArguments& arguments) {
  const auto refuse = [](bool given, const char* option) {
    if (given) throw UsageError(std::string(option) + " is for a batch, which needs a folder as --output");
  };
  refuse(!arguments.manifest.empty(), "--manifest");
  refuse(arguments.resume, "--resume");
  refuse(arguments.shard != "1/1", "--shard");
  refuse(arguments.jobs != "1", "--jobs");
}

Shard parse_shard(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) throw UsageError("--shard got '" + text + "'; it looks like 2/4");
  const auto number = [&](const std::string& digits) {
    return static_cast<int>(std::min<std::int64_t>(parse_count(digits, "--shard"), 1000000));
  };
  return {number(text.substr(0, slash)), number(text.substr(slash + 1))};
}

int parse_jobs(const std::string& text) {
  if (text == "auto") return automatic_jobs();
  const std::int64_t jobs = parse_count(text, "--jobs");
  if (jobs < 1 || jobs > most_jobs)
    throw UsageError("--jobs got " + text + "; it is auto, or 1 to " + std::to_string(most_jobs));
  return static_cast<int>(jobs);
}

void warn_of_unused(std::size_t count, const char* wanted) {
  if (count == 0) return;
  spdlog::warn("{} {} in the folders given {} no {} that can be read: skipped", count,
               count == 1 ? "file" : "files", count == 1 ? "is" : "are", wanted);
}

std::vector<BatchItem> batch_items(const ReenactArguments& arguments, const ReenactOptions& run) {
  const std::string ending = run.background.kind == Background::Kind::transparent ? ".mov" : ".mp4";
  if (!arguments.manifest.empty()) {
    if (!arguments.sources.empty() || !arguments.drivers.empty()) {
      throw UsageError("--manifest names the sources and drivers; leave out --source and --driver");
    }
    return manifest_items(arguments.manifest, arguments.output, ending);
  }
  if (arguments.sources.empty() || arguments.drivers.empty()) {
    throw UsageError("a batch needs --source and --driver, or --manifest");
  }
  const std::vector<std::filesystem::path> sources = expand_sources(arguments.sources);
  const std::vector<std::filesystem::path> drivers = expand_drivers(arguments.drivers);
  warn_of_unused(count_unused(arguments.sources, sources), "photos");
  warn_of_unused(count_unused(arguments.drivers, drivers), "videos or motion files");
  return pair_items(sources, drivers, arguments.pairing == "zip" ? Pairing::zip : Pairing::product,
                    arguments.output, ending);
}

const char* name_of(ItemStatus status) {
  switch (status) {
    case ItemStatus::done:
      return "done";
    case ItemStatus::kept:
      return "kept";
    case ItemStatus::failed:
      return "failed";
    case ItemStatus::open:
      return "open";
  }
  return "";
}

/// What became of every item, or only of those that are not done when there are many, and the sums.
void print_batch(const std::vector<BatchItem>& items, const BatchSummary& summary) {
  constexpr std::size_t longest_table = 60;
  std::vector<std::vector<std::string>> rows = {{"item", "status", "frames", "seconds"}};
  for (std::size_t i = 0; i < items.size(); ++i) {
    const ItemResult& result = summary.results[i];
    const bool is_made = result.status == ItemStatus::done || result.status == ItemStatus::kept;
    if (is_made && items.size() > longest_table) continue;
    rows.push_back({items[i].output.filename().string(), name_of(result.status),
                    std::to_string(result.frames), fixed(result.seconds, 1)});
  }
  std::cerr << aligned(rows);
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (const std::string& note : summary.results[i].notes) {
      spdlog::warn("{}: {}", items[i].output.filename().string(), note);
    }
    if (!summary.results[i].error.empty()) {
      spdlog::error("{}: {}", items[i].output.filename().string(), summary.results[i].error);
    }
  }
  std::cerr << items.size() << " items in " << fixed(summary.seconds, 1) << " s:";
  for (const ItemStatus status : {ItemStatus::done, ItemStatus::kept, ItemStatus::failed, ItemStatus::open}) {
    if (summary.count(status) > 0) std::cerr << ' ' << summary.count(status) << ' ' << name_of(status);
  }
  std::cerr << '\n';
}

int run_benchmark_command(const ReenactArguments& arguments, const ReenactOptions& run) {
  BenchmarkOptions options;
  options.run = run;
  options.run.source = only(arguments.sources, "--source");
  options.run.driver = only(arguments.drivers, "--driver");
  options.run.output = arguments.output;
  options.warm_up = arguments.warm_up;
  options.frames = arguments.frames;
  BenchmarkResult result;
  {
    const InterruptGuard guard;
    RunObserver observer;
    observer.should_stop = &InterruptGuard::interrupted;
    result = run_benchmark(options, observer);
  }
  std::cout << (arguments.json ? benchmark_json(result) : benchmark_text(result)) << std::flush;
  if (result.busy()) spdlog::warn("the machine was busy; do not believe these figures");
  return static_cast<int>(ExitCode::ok);
}

int run_batch_command(const ReenactArguments& arguments, const ReenactOptions& run) {
  BatchOptions options;
  options.run = run;
  options.folder = arguments.output;
  options.jobs = parse_jobs(arguments.jobs);
  if (run.infer.threads == 0) {
    const auto cores = static_cast<int>(std::thread::hardware_concurrency());
    options.run.infer.threads = threads_for_jobs(cores, options.jobs);
  }
  options.resume = arguments.resume;
  options.shard = parse_shard(arguments.shard);
  const std::vector<BatchItem> items = shard_of(batch_items(arguments, run), options.shard);
  BatchSummary summary;
  {
    const InterruptGuard guard;
    ProgressBar bar(!arguments.quiet, "", "items");
    BatchObserver observer;
    observer.progress = [&](std::int64_t done, std::int64_t total) { bar.update(done, total); };
    observer.should_stop = &InterruptGuard::interrupted;
    summary = run_batch(items, options, observer);
  }
  if (!arguments.quiet) print_batch(items, summary);
  for (const ItemResult& result : summary.results) {
    for (const auto& output : result.outputs) std::cout << output.string() << '\n';
  }
  std::cout.flush();
  if (summary.interrupted) {
    spdlog::warn("interrupted; --resume goes on");
    return static_cast<int>(ExitCode::interrupted);
  }
  const std::size_t failed = summary.count(ItemStatus::failed);
  const bool is_incomplete = std::any_of(summary.results.begin(), summary.results.end(),
                                         [](const ItemResult& result) { return result.incomplete; });
  if (failed == 0) return static_cast<int>(is_incomplete ? ExitCode::incomplete : ExitCode::ok);
  return static_cast<int>(failed == items.size() ? ExitCode::all_failed : ExitCode::some_failed);
}

int run_single(const ReenactArguments& arguments, ReenactOptions options) {
  require_no_batch_options(arguments);
  options.source = only(arguments.sources, "--source");
  options.driver = only(arguments.drivers, "--driver");
  options.output = arguments.output;

  RunSummary summary;
  {
    const InterruptGuard guard;
    ProgressBar look_ahead(!arguments.quiet, "looking ahead ");
    ProgressBar bar(!arguments.quiet, "");
    RunObserver observer;
    observer.look_ahead = [&](std::int64_t done, std::int64_t total) { look_ahead.update(done, total); };
    observer.progress = [&](std::int64_t done, std::int64_t total) { bar.update(done, total); };
    observer.should_stop = &InterruptGuard::interrupted;
    summary = run_reenact(options, observer);
  }

  for (const std::string& note : summary.notes) spdlog::warn(note);
  if (summary.interrupted) spdlog::warn("interrupted; the output holds the frames so far");
  if (!arguments.quiet) std::cerr << summary_text(summary) << '\n';
  spdlog::debug("fit error: photo {:.2f} %, driver {:.2f} % of the inter-ocular distance",
                100 * summary.source_fit_error, 100 * summary.driver_fit_error);
  for (const auto& output : summary.outputs) std::cout << output.string() << '\n';
  std::cout.flush();
  if (!options.report.empty()) write_run_report(options.report, options, summary);
  return static_cast<int>(summary.interrupted  ? ExitCode::interrupted
                          : summary.incomplete ? ExitCode::incomplete
                                               : ExitCode::ok);
}

}  // namespace

void add_reenact_options(CLI::App& app, ReenactArguments& arguments) {
  ReenactOptions& options = arguments.options;
  const std::string main_group = "Input and output";
  app.add_option("-s,--source", arguments.sources, "photo of the person to move")->group(main_group);
  app.add_option(
         "-d,--driver", arguments.drivers,
         "what says how to move: a video, picture, folder of pictures, motion file (.jsonl), or take of "
         "ARKit's blend shapes (.csv of Live Link Face, .json)")
      ->group(main_group);
  app.add_option("-o,--output", arguments.output,
                 "video to write (.mp4, .mov, .mkv, .webm, .avi, .gif), .png/.jpg for a single picture, "
                 "FOLDER/%06d.png for a folder of pictures; a folder for a batch")
      ->group(main_group);
  app.add_flag("--overwrite", options.overwrite, "replace outputs that exist")->group(main_group);
  app.add_flag("--side-by-side", options.side_by_side,
               "also write source | driver | result beside the output")
      ->group(main_group);
  app.add_option("--save-motion", options.save_motion,
                 "also write the driver's motion, to be used as --driver: .jsonl, or .csv of ARKit's blend "
                 "shapes as Live Link Face writes it, which moves avatars too")
      ->group(main_group);
  app.add_option(
         "--save-meshes", options.save_meshes,
         "also write the photo's posed mesh in each frame: FOLDER, FOLDER/%06d.obj or FOLDER/%06d.ply")
      ->group(main_group);
  app.add_option("--report", options.report, "write options, versions, model hashes and timings as JSON")
      ->group(main_group);

  const std::string batch_group =
      "Batch (when --output is a folder; sources and drivers: files, folders, 'globs')";
  app.add_option("--pairing", arguments.pairing,
                 "product: every photo with every driver; zip: in their order")
      ->check(CLI::IsMember({"product", "zip"}))
      ->capture_default_str()
      ->group(batch_group);
  app.add_option(
         "--manifest", arguments.manifest,
         "CSV with the columns source, driver and, optionally, result, instead of sources and drivers")
      ->group(batch_group);
  app.add_option("--jobs", arguments.jobs,
                 "items worked on at once; auto: one a core, as far as the memory goes")
      ->capture_default_str()
      ->group(batch_group);
  app.add_flag("--resume", arguments.resume,
               "keep what an earlier run finished from the same inputs and options")
      ->group(batch_group);
  app.add_option("--shard", arguments.shard, "i/n: only the i-th of n parts of the list, from 1")
      ->capture_default_str()
      ->group(batch_group);

  const std::string motion_group = "Motion";
  app.add_option("--motion", arguments.motion,
                 "relative: add the driver's change to the photo; absolute: the driver's own pose and "
                 "expression; auto: relative, absolute for a single picture")
      ->check(CLI::IsMember(listed(motion_mode_names)))
      ->capture_default_str()
      ->group(motion_group);
  app.add_option("--reference-frame", arguments.reference_frame,
                 "driver frame that corresponds to the photo: its number from 0, or auto")
      ->capture_default_str()
      ->group(motion_group);
  add_strength_options(app, arguments.strength, motion_group);
  app.add_option("--face", arguments.face, "face of the driver: largest, center, or its number from the left")
      ->capture_default_str()
      ->group(motion_group);
  app.add_option("--source-face", arguments.source_face, "face of the photo, likewise")
      ->capture_default_str()
      ->group(motion_group);
  app.add_option("--on-lost", arguments.on_lost, "a driver frame without a face: hold, skip or fail")
      ->check(CLI::IsMember(listed(on_lost_names)))
      ->capture_default_str()
      ->group(motion_group);
  app.add_option(
         "--mouth", arguments.mouth,
         "inside of an opened mouth: driver shows the driver's teeth and tongue in the colours of the photo, "
         "generated lets the generator paint it")
      ->check(CLI::IsMember(listed(mouth_inside_names)))
      ->each([&options](const std::string&) { options.mouth_asked = true; })
      ->capture_default_str()
      ->group(motion_group);
  app.add_option("--detail", options.detail,
                 "how strongly the folds of the driver's skin show on the photo: 0 (not at all) to 1")
      ->check(CLI::Range(0.0, 1.0))
      ->each([&options](const std::string&) { options.detail_asked = true; })
      ->capture_default_str()
      ->group(motion_group);
  app.add_option("--landmarks", arguments.landmarks, "dense (468 points) or dlib68")
      ->check(CLI::IsMember(listed(landmark_scheme_names)))
      ->capture_default_str()
      ->group(motion_group);
  app.add_flag("--no-refinement", arguments.no_refinement,
               "track by landmarks alone, without aligning each frame to a keyframe of the driver")
      ->group(motion_group);
  app.add_flag("--no-smoothing", arguments.no_smoothing, "use the fits as they are")->group(motion_group);
  app.add_option("--look-ahead", options.tracking.look_ahead_frames,
                 "driver frames read before the first is written, to learn the driver's face")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str()
      ->group(motion_group);

  const std::string picture_group = "Picture and sound";
  app.add_flag("--crop", options.view.crop_only, "write the square around the face, not the whole photo")
      ->group(picture_group);
  app.add_option(
         "--size", arguments.size,
         "longer side of the output in pixels; 0: as the photo; auto: as the photo, up to what players take")
      ->capture_default_str()
      ->group(picture_group);
  app.add_option("--crf", options.crf, "H.264 quality: 0 (lossless) to 51 (worst)")
      ->check(CLI::Range(0, 51))
      ->capture_default_str()
      ->group(picture_group);
  app.add_option("--preset", options.preset, "H.264 encoder preset")
      ->check(
          CLI::IsMember({"ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower"}))
      ->capture_default_str()
      ->group(picture_group);
  app.add_option(
         "--fps", arguments.frame_rate,
         "frame rate, e.g. 25 or 30000/1001, of a folder of pictures (auto: 25) or of a take of blend "
         "shapes (auto: what its times tell)")
      ->capture_default_str()
      ->group(picture_group);
  app.add_flag("--no-audio", arguments.no_audio, "do not copy the driver's sound")->group(picture_group);
  app.add_option(
         "--layers", arguments.layers,
         "on: the person moves before a background that rests, where the photo can be taken apart; off: the "
         "photo moves in one piece")
      ->check(CLI::IsMember({"on", "off"}))
      ->capture_default_str()
      ->group(picture_group);
  app.add_option("--background", arguments.background,
                 "what is behind the person: keep (the photo's own), transparent (.mov, .webm, .png and "
                 "folders of .png), "
                 "a colour as #20A0FF, a picture, or a video, which is repeated")
      ->capture_default_str()
      ->group(picture_group);
  app.add_flag("--label", options.label, "burn a small visible mark into the picture")->group(picture_group);

  const std::string model_group = "Models and machine";
  app.add_option("--models", arguments.models, "directory of the models")->group(model_group);
  app.add_option("--face-model", options.face_model,
                 "directory of another face model, such as scripts/export/face_model.py makes")
      ->group(model_group);
  app.add_option("--generator", options.generator,
                 "generator bundle: a name under the models, or a directory")
      ->capture_default_str()
      ->group(model_group);
  app.add_flag("--trust-model", options.infer.trust_model,
               "take a generator that the program does not ship: it is a program itself")
      ->group(model_group);
  app.add_option("--shape-predictor", options.shape_predictor, "dlib's 68-point file, for --landmarks dlib68")
      ->capture_default_str()
      ->group(model_group);
  app.add_option("--device", options.infer.device, "auto, cpu, cuda or cuda:N")
      ->capture_default_str()
      ->group(model_group);
  app.add_option("--precision", arguments.precision,
                 "of the generator: float32, bfloat16, or auto, which is bfloat16 where it is faster")
      ->check(CLI::IsMember({"auto", "float32", "bfloat16"}))
      ->capture_default_str()
      ->group(model_group);
  app.add_option("--threads", options.infer.threads,
                 "threads of a network; 0 = half of the cores, since the stages run side by side")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str()
      ->group(model_group);

  const std::string benchmark_group = "Benchmark";
  app.add_flag(
         "--benchmark", arguments.benchmark,
         "time every stage and the whole chain on --source and --driver, or on a drawn head without them")
      ->group(benchmark_group);
  app.add_option("--frames", arguments.frames, "frames measured")
      ->capture_default_str()
      ->group(benchmark_group);
  app.add_option("--warm-up", arguments.warm_up, "frames before them")
      ->capture_default_str()
      ->group(benchmark_group);
  app.add_flag("--json", arguments.json, "print the figures as JSON")->group(benchmark_group);

  app.add_flag("-q,--quiet", arguments.quiet, "no progress, no summary, errors only");
  app.add_flag("-v,--verbose", arguments.verbose, "say more");
  app.footer(
      "Examples:\n"
      "  reenact --source photo.jpg --driver clip.mp4 --output out.mp4\n"
      "  reenact -s photo.jpg -d clip.mp4 -o out.mp4 --side-by-side --report run.json\n"
      "  reenact -s painting.png -d clip.mp4 -o face.mp4 --crop --size 512\n"
      "  reenact -d clip.mp4 --save-motion clip.jsonl          (track once ...)\n"
      "  reenact -s photo.jpg -d clip.jsonl -o out.mp4         (... use on many photos)\n"
      "  reenact -s photo.jpg -d take.csv -o out.mp4           (a take of Live Link Face)\n"
      "  reenact -s photos -d clips -o results/ --jobs auto    (every photo with every clip)\n"
      "  reenact --benchmark --json                            (speed of this machine)\n"
      "\n"
      "Only move faces of people who agreed to it. Every output is marked as synthetic in its metadata.\n"
      "Exit codes: 0 done, 1 internal error, 2 bad options, 3 unreadable input, 4 no face, 5 bad model,\n"
      "6 output cannot be written, 7 some items of a batch or an evaluation failed, 8 all failed,\n"
      "9 a driver is damaged: the output holds what could be read,\n"
      "130 interrupted (the output holds the frames so far; a batch goes on with --resume).");
}

int run_reenact_command(const ReenactArguments& arguments) {
  if (arguments.quiet) spdlog::set_level(spdlog::level::err);
  if (arguments.verbose) spdlog::set_level(spdlog::level::debug);
  const ReenactOptions options = resolve(arguments);
  spdlog::debug("models in {}", options.models.string());
  if (arguments.benchmark) return run_benchmark_command(arguments, options);
  return is_batch(arguments) ? run_batch_command(arguments, options) : run_single(arguments, options);
}

}  // namespace reenact::cli
