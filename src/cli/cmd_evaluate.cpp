#include "cli/cmd_evaluate.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>

#include "cli/interrupt_guard.h"
#include "cli/model_directory.h"
#include "cli/option_values.h"
#include "cli/progress_bar.h"
#include "cli/strength_options.h"
#include "reenact/animate/option_names.h"
#include "reenact/core/error.h"
#include "reenact/files/pairs.h"
#include "reenact/measure/score_items.h"
#include "reenact/study/datasets.h"
#include "reenact/study/report.h"

namespace reenact::cli {
namespace {

namespace fs = std::filesystem;

struct EvaluateArguments {
  EvaluationOptions options;
  std::vector<fs::path> clips;
  fs::path source;
  fs::path driver;
  fs::path result;
  fs::path pairs;
  std::string dataset;
  fs::path root;
  std::string split = "test";
  fs::path models;
  std::string precision = "auto";
  std::string mouth = "driver";
  std::string layers = "on";
  std::string landmarks = "dense";
  std::string motion = "auto";
  StrengthArguments strength;
  std::string face = "largest";
  std::string source_face = "largest";
  bool no_refinement = false;
  bool no_smoothing = false;
  fs::path output;
  bool quiet = false;
};

/// Made before the work, so that an output that cannot be written is not learnt of after it.
void make_output_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!fs::is_directory(folder, error) || ::access(folder.c_str(), W_OK) != 0) {
    throw OutputError("the folder " + folder.string() + " cannot be made or is read-only");
  }
}

EvaluationItem clip_item(const fs::path& clip, const std::string& person) {
  return {clip.stem().string(), person.empty() ? clip.stem().string() : person, {}, clip, {}};
}

std::vector<EvaluationItem> self_items(const EvaluateArguments& arguments) {
  std::vector<EvaluationItem> items;
  for (const fs::path& clip : arguments.clips) {
    std::error_code ignored;
    if (fs::is_directory(clip, ignored)) {
      for (const fs::path& video : list_videos(clip)) items.push_back(clip_item(video, ""));
    } else {
      items.push_back(clip_item(clip, ""));
    }
  }
  if (!arguments.pairs.empty()) {
    for (const MediaPair& pair : read_pairs(arguments.pairs))
      items.push_back(clip_item(pair.driver, pair.person));
  }
  if (!arguments.dataset.empty()) {
    for (const DatasetItem& item :
         list_dataset(parse_dataset_kind(arguments.dataset), arguments.root, arguments.split)) {
      if (item.video.empty()) {
        throw UsageError("the data set " + arguments.dataset +
                         " has pictures, not videos; it cannot be reenacted");
      }
      items.push_back({item.name, item.person, {}, item.video, {}});
    }
  }
  return items;
}

std::vector<EvaluationItem> paired_items(const EvaluateArguments& arguments, EvaluationMode mode) {
  std::vector<EvaluationItem> items;
  if (!arguments.pairs.empty()) {
    for (const MediaPair& pair : read_pairs(arguments.pairs)) {
      items.push_back({pair.source.stem().string() + " as " + pair.driver.stem().string(), pair.person,
                       pair.source, pair.driver, pair.result});
    }
  }
  if (!arguments.driver.empty()) {
    const fs::path& named = mode == EvaluationMode::cross ? arguments.source : arguments.result;
    items.push_back({named.stem().string() + " as " + arguments.driver.stem().string(), named.stem().string(),
                     arguments.source, arguments.driver, arguments.result});
  }
  for (const EvaluationItem& item : items) {
    if (mode == EvaluationMode::pair && item.result.empty()) {
      throw UsageError("a pair needs a result: --result, or a column of that name in " +
                       arguments.pairs.string());
    }
    if (mode == EvaluationMode::cross && item.source.empty())
      throw UsageError("cross-reenactment needs --source");
  }
  return items;
}

void run(EvaluateArguments arguments, EvaluationMode mode) {
  arguments.options.mode = mode;
  ReenactOptions& options = arguments.options.run;
  options.models = arguments.models.empty() ? find_models() : arguments.models;
  options.landmarks = named(landmark_scheme_names, arguments.landmarks);
  options.tracking.refine = !arguments.no_refinement;
  options.tracking.smoothing.enabled = !arguments.no_smoothing;
  options.infer.precision = precision_named(arguments.precision);
  options.motion = named(motion_mode_names, arguments.motion);
  options.layers = arguments.layers == "on";
  options.driver_face = parse_face(arguments.face, "--face");
  options.source_face = parse_face(arguments.source_face, "--source-face");
  const std::vector<EvaluationItem> items =
      mode == EvaluationMode::self ? self_items(arguments) : paired_items(arguments, mode);
  if (!arguments.output.empty()) make_output_folder(arguments.output);
  options.mouth = named(mouth_inside_names, arguments.mouth);
  set_strength(arguments.strength, options);
  if (mode == EvaluationMode::self) options.mouth = MouthInside::generated;
  Evaluation evaluation;
  bool interrupted = false;
  {
    const InterruptGuard guard;
    ProgressBar bar(!arguments.quiet, "");
    RunObserver observer;
    observer.progress = [&](std::int64_t done, std::int64_t total) { bar.update(done, total); };
    observer.should_stop = &InterruptGuard::interrupted;
    evaluation = evaluate(items, arguments.options, observer);
    interrupted = InterruptGuard::interrupted();
  }
  if (mode == EvaluationMode::self && !arguments.quiet) {
    std::cerr << "mouths were painted by the generator: the driver's would be the target's own\n";
  }
  for (const ItemScores& item : evaluation.items) {
    for (const std::string& note : item.notes) spdlog::warn("{}: {}", item.name, note);
    if (!item.failure.empty()) spdlog::warn("{}: {}", item.name, item.failure);
  }
  std::cout << summary_table(evaluation);
  if (!arguments.output.empty()) {
    write_evaluation(evaluation, arguments.output);
    if (!arguments.quiet) std::cerr << "report: " << (arguments.output / "report.html").string() << '\n';
  }
  if (interrupted) throw Interrupted("interrupted; the scores are those of the frames so far");
  const auto failed = std::count_if(evaluation.items.begin(), evaluation.items.end(),
                                    [](const ItemScores& item) { return !item.failure.empty(); });
  const auto count = static_cast<std::ptrdiff_t>(evaluation.items.size());
  if (failed == count) throw Error(ExitCode::all_failed, "nothing could be scored; the warnings say why");
  if (failed > 0) {
    throw Error(ExitCode::some_failed, std::to_string(failed) + " of " + std::to_string(count) +
                                           " items could not be scored; the warnings say why");
  }
}

void add_common_options(CLI::App& app, EvaluateArguments& arguments) {
  EvaluationOptions& options = arguments.options;
  app.add_option("--pairs", arguments.pairs,
                 "CSV with the columns source, driver and, optionally, person, result");
  app.add_option("-o,--output", arguments.output,
                 "folder for evaluation.json, frames.csv, items.csv, report.html");
  app.add_option("--max-frames", options.max_frames, "frames of each item; 0 = all")->capture_default_str();
  app.add_option("--identity-every", options.identity_every, "CSIM and LPIPS on every n-th frame")
      ->capture_default_str();
  app.add_option("--size", options.size, "longer side of the compared pictures")->capture_default_str();
  app.add_option("--worst", options.worst_frames, "worst frames shown per item")->capture_default_str();
  app.add_option("--lpips-model", options.lpips_model, "LPIPS as TorchScript (scripts/export_lpips.py)");
  app.add_option("--face-recognition", options.face_recognition_dat, "dlib's recognition .dat, for CSIM");
  app.add_option("--models", arguments.models, "directory of the models");
  app.add_option("--generator", options.run.generator, "generator bundle")->capture_default_str();
  app.add_flag("--trust-model", options.run.infer.trust_model,
               "take a generator that the program does not ship");
  app.add_option("--face", arguments.face, "face of the driver: largest, center, or its number from the left")
      ->capture_default_str();
  app.add_option("--source-face", arguments.source_face, "face of the source and of the result, likewise")
      ->capture_default_str();
  app.add_option("--landmarks", arguments.landmarks, "dense or dlib68")
      ->check(CLI::IsMember(listed(landmark_scheme_names)))
      ->capture_default_str();
  app.add_option("--motion", arguments.motion, "auto, relative or absolute")
      ->check(CLI::IsMember(listed(motion_mode_names)))
      ->capture_default_str();
  add_strength_options(app, arguments.strength, "Options");
  app.add_option(
         "--detail", options.run.detail,
         "cross: how strongly the folds of the driver's skin show on the photo, 0 to 1; self has none")
      ->check(CLI::Range(0.0, 1.0))
      ->each([&options](const std::string&) { options.run.detail_asked = true; })
      ->capture_default_str();
  app.add_option("--layers", arguments.layers,
                 "on: results made here move the person before a background that rests; off: in one piece")
      ->check(CLI::IsMember({"on", "off"}))
      ->capture_default_str();
  app.add_flag("--no-refinement", arguments.no_refinement, "track the driver by landmarks alone");
  app.add_flag("--no-smoothing", arguments.no_smoothing, "use the driver's fits as they are");
  app.add_option("--precision", arguments.precision, "of the generator: auto, float32 or bfloat16")
      ->check(CLI::IsMember({"auto", "float32", "bfloat16"}))
      ->capture_default_str();
  app.add_option("--shape-predictor", options.run.shape_predictor,
                 "dlib's 68-point file, for --landmarks dlib68")
      ->capture_default_str();
  app.add_option("--device", options.run.infer.device, "auto, cpu, cuda or cuda:N")->capture_default_str();
  app.add_option("--threads", options.run.infer.threads, "threads of a network; 0 = half of the cores")
      ->check(CLI::Range(0, 1024));
  app.add_flag("-q,--quiet", arguments.quiet, "no progress");
}

}  // namespace

void add_evaluate_command(CLI::App& app) {
  CLI::App* evaluate =
      app.add_subcommand("evaluate", "score results: PSNR, SSIM, LPIPS, CSIM, NME, pose and more");
  evaluate->require_subcommand(1);
  const auto add_mode = [&](const char* name, const char* description, EvaluationMode mode) {
    const auto arguments = std::make_shared<EvaluateArguments>();
    CLI::App* command = evaluate->add_subcommand(name, description);
    add_common_options(*command, *arguments);
    command->callback([arguments, mode] { run(*arguments, mode); });
    return std::make_pair(command, arguments);
  };

  const auto [self, self_arguments] = add_mode(
      "self", "a clip against its own reenactment from its first frame, mouths painted by the generator",
      EvaluationMode::self);
  self->add_option("clips", self_arguments->clips, "clips, or folders of clips");
  self->add_option("--dataset", self_arguments->dataset, "voxceleb2, hq-voxceleb, celebv or uva-nemo");
  self->add_option("--root", self_arguments->root, "folder of the data set");
  self->add_option("--split", self_arguments->split, "part of the data set")->capture_default_str();

  const auto [cross, cross_arguments] = add_mode(
      "cross", "a result against its source (identity) and its driver (motion)", EvaluationMode::cross);
  cross->add_option("-s,--source", cross_arguments->source, "photo");
  cross->add_option("-d,--driver", cross_arguments->driver, "driver video");
  cross->add_option("-r,--result", cross_arguments->result, "result video; made on the fly when not given");
  cross->add_option("--mouth", cross_arguments->mouth, "inside of an opened mouth: driver or generated")
      ->check(CLI::IsMember(listed(mouth_inside_names)))
      ->each([cross = cross_arguments](const std::string&) { cross->options.run.mouth_asked = true; })
      ->capture_default_str();

  const auto [pair, pair_arguments] =
      add_mode("pair", "any video against a reference video, frame by frame", EvaluationMode::pair);
  pair->add_option("-r,--result", pair_arguments->result, "video to score");
  pair->add_option("--reference", pair_arguments->driver, "video that it should equal");
}

}  // namespace reenact::cli
