#include "cli/cmd_model.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/interrupt_guard.h"
#include "cli/model_directory.h"
#include "reenact/animate/options.h"
#include "reenact/core/error.h"
#include "reenact/files/text_table.h"
#include "reenact/infer/face_embedding.h"
#include "reenact/infer/generator.h"
#include "reenact/infer/generator_bundle.h"
#include "reenact/infer/landmark_networks.h"
#include "reenact/infer/segmenter.h"
#include "reenact/io/face_model_file.h"
#include "reenact/measure/network_times.h"

namespace reenact::cli {
namespace {

namespace fs = std::filesystem;

struct ModelArguments {
  std::vector<std::string> names;
  fs::path models;
  std::string precision = "auto";
  NetworkTimesOptions times;
  bool json = false;

  fs::path models_directory() const { return models.empty() ? find_models() : models; }

  /// The folders that the names stand for, as --generator takes them.
  std::vector<fs::path> directories() const {
    ReenactOptions options;
    options.models = models_directory();
    std::vector<fs::path> found;
    for (const std::string& name : names) {
      options.generator = name;
      found.push_back(generator_directory(options));
    }
    return found;
  }
};

/// "1.234 M", "–" where it is not known.
std::string amount(const std::optional<GeneratorMethodCosts>& costs,
                   MethodCost (GeneratorMethodCosts::*part)() const, std::int64_t MethodCost::*figure,
                   double unit, const char* unit_name) {
  if (!costs) return "–";
  return fixed(static_cast<double>(((*costs).*part)().*figure) / unit, 3) + ' ' + unit_name;
}

std::string parameters(const BundleDescription& bundle, MethodCost (GeneratorMethodCosts::*part)() const) {
  return amount(bundle.costs, part, &MethodCost::parameters, 1e6, "M");
}

std::string macs(const BundleDescription& bundle, MethodCost (GeneratorMethodCosts::*part)() const) {
  return amount(bundle.costs, part, &MethodCost::macs, 1e9, "G");
}

const char* shipped_text(const BundleDescription& bundle) {
  return is_shipped_bundle(bundle.sha256) ? "yes" : "no";
}

std::string windows_text(const BundleDescription& bundle) {
  std::string text;
  for (const std::string& window : bundle.windows) text += (text.empty() ? "" : ", ") + window;
  return text.empty() ? "none" : text;
}

void run_list(const ModelArguments& arguments) {
  constexpr std::size_t shown_digits = 12;
  // One column more than the rows have, so that a long licence widens none (aligned()).
  std::vector<std::vector<std::string>> rows = {{"generator", "conditioning", "pixels", "shipped",
                                                 "parameters once", "a frame", "MACs once", "a frame",
                                                 "SHA-256", "licence", ""}};
  for (const fs::path& directory : list_bundles(arguments.models_directory())) {
    try {
      const BundleDescription bundle = describe_bundle(directory);
      rows.push_back({directory.filename().string(), bundle.conditioning, std::to_string(bundle.image_size),
                      shipped_text(bundle), parameters(bundle, &GeneratorMethodCosts::once),
                      parameters(bundle, &GeneratorMethodCosts::a_frame),
                      macs(bundle, &GeneratorMethodCosts::once), macs(bundle, &GeneratorMethodCosts::a_frame),
                      bundle.sha256.substr(0, shown_digits), bundle.licence});
    } catch (const ModelError& error) {
      spdlog::warn(error.what());
    }
  }
  std::cout << aligned(rows);
}

void run_show(const ModelArguments& arguments) {
  const fs::path directory = arguments.directories().front();
  const BundleDescription bundle = describe_bundle(directory);
  std::error_code error;
  const std::uintmax_t bytes = fs::file_size(directory / generator_file, error);
  const std::vector<std::vector<std::string>> rows = {
      {"name", bundle.name},
      {"folder", directory.string()},
      {"contract", "version " + std::to_string(bundle.format_version) + ", " + bundle.conditioning + ", " +
                       std::to_string(bundle.image_size) + "x" + std::to_string(bundle.image_size) +
                       " pixels"},
      {"learned", bundle.learned ? "yes" : "no"},
      {"windows", windows_text(bundle)},
      {"file", error ? "missing" : fixed(1e-6 * static_cast<double>(bytes), 2) + " MB"},
      {"parameters", parameters(bundle, &GeneratorMethodCosts::once) + " once, " +
                         parameters(bundle, &GeneratorMethodCosts::a_frame) + " a frame"},
      {"MACs", macs(bundle, &GeneratorMethodCosts::once) + " once, " +
                   macs(bundle, &GeneratorMethodCosts::a_frame) + " a frame"},
      {"licence", bundle.licence},
      {"SHA-256", bundle.sha256},
      {"shipped", is_shipped_bundle(bundle.sha256)
                      ? "yes"
                      : "no: it loads with --trust-model alone (reenact model verify tries it)"}};
  for (const auto& row : rows)
    std::cout << row[0] << std::string(12 - row[0].size(), ' ') << printable(row[1]) << '\n';
}

/// Loads what a folder holds, with every check of its loader.
void load_model(const fs::path& directory, const InferOptions& options) {
  const auto holds = [&](const char* file) {
    std::error_code ignored;
    return fs::exists(directory / file, ignored);
  };
  if (holds("face_model.safetensors")) {
    load_face_model(directory);
  } else if (holds("facemesh.pt")) {
    LandmarkNetworks(directory, options);
  } else if (holds("selfie.pt")) {
    Segmenter(directory, options);
  } else if (holds("face_recognition.pt")) {
    FaceEmbedding(directory, options);
  } else {
    Generator(directory, options);
  }
}

std::vector<fs::path> all_models(const fs::path& models) {
  std::vector<fs::path> directories;
  std::error_code error;
  for (fs::directory_iterator entry(models, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (fs::exists(entry->path() / "manifest.json", ignored)) directories.push_back(entry->path());
  }
  if (directories.empty()) throw ModelError(models.string() + " holds no models");
  std::sort(directories.begin(), directories.end());
  return directories;
}

void run_verify(const ModelArguments& arguments) {
  const std::vector<fs::path> directories =
      arguments.names.empty() ? all_models(arguments.models_directory()) : arguments.directories();
  std::size_t bad = 0;
  for (const fs::path& directory : directories) {
    try {
      load_model(directory, arguments.times.infer);
      std::cout << directory.string() << ": good\n";
    } catch (const ModelError& error) {
      ++bad;
      std::cout << directory.string() << ": " << printable(error.what()) << '\n';
    }
  }
  std::cout.flush();
  if (bad > 0) {
    throw ModelError(std::to_string(bad) + " of " + std::to_string(directories.size()) +
                     (directories.size() == 1 ? " model" : " models") + " cannot be used");
  }
}

void run_benchmark(const ModelArguments& arguments) {
  std::vector<NetworkTimes> times;
  {
    const InterruptGuard guard;
    times = time_generators(arguments.directories(), arguments.times, &InterruptGuard::interrupted);
  }
  std::cout << (arguments.json ? network_times_json(times, arguments.times)
                               : network_times_text(times, arguments.times));
}

void add_loading_options(CLI::App& app, ModelArguments& arguments) {
  InferOptions& infer = arguments.times.infer;
  app.add_flag("--trust-model", infer.trust_model, "load generators that the program does not ship");
  app.add_option("--device", infer.device, "auto, cpu, cuda or cuda:N")->capture_default_str();
  app.add_option("--precision", arguments.precision, "float32, bfloat16 or auto")
      ->check(CLI::IsMember({"auto", "float32", "bfloat16"}))
      ->capture_default_str();
  app.add_option("--threads", infer.threads, "threads of a network; 0 = half of the cores")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
}

}  // namespace

void add_model_command(CLI::App& app) {
  CLI::App* model = app.add_subcommand("model", "list, show, verify and time the models");
  model->require_subcommand(1);
  const auto add = [&](const char* name, const char* description, void (*run)(const ModelArguments&)) {
    const auto arguments = std::make_shared<ModelArguments>();
    CLI::App* command = model->add_subcommand(name, description);
    command->add_option("--models", arguments->models, "directory of the models");
    command->callback([arguments, run] {
      arguments->times.infer.precision = precision_named(arguments->precision);
      run(*arguments);
    });
    return std::make_pair(command, arguments);
  };

  add("list", "the generators that are there, by what their manifests say", run_list);

  const auto [show, show_arguments] = add("show", "what a generator's manifest says of it", run_show);
  show->add_option("generator", show_arguments->names, "a name under the models, or a directory")
      ->required()
      ->expected(1);

  const auto [verify, verify_arguments] =
      add("verify", "load models with every check that a run makes", run_verify);
  verify->add_option("models", verify_arguments->names,
                     "names under the models, or directories; all that are there by default");
  add_loading_options(*verify, *verify_arguments);

  const auto [benchmark, benchmark_arguments] =
      add("benchmark", "time generators alone, side by side", run_benchmark);
  benchmark->add_option("generators", benchmark_arguments->names, "names under the models, or directories")
      ->required();
  benchmark->add_option("--frames", benchmark_arguments->times.frames, "frames measured")
      ->capture_default_str();
  benchmark->add_option("--warm-up", benchmark_arguments->times.warm_up, "frames before them")
      ->capture_default_str();
  benchmark->add_flag("--json", benchmark_arguments->json, "print the figures as JSON");
  add_loading_options(*benchmark, *benchmark_arguments);
}

}  // namespace reenact::cli
