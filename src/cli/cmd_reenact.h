#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/strength_options.h"
#include "reenact/animate/run.h"
#include "reenact/batch/batch.h"
#include "reenact/measure/benchmark.h"

namespace reenact::cli {

/// What the flags of the main command fill in.
struct ReenactArguments {
  ReenactOptions options;
  std::vector<std::string> sources;
  std::vector<std::string> drivers;
  std::string output;
  std::filesystem::path manifest;
  std::string pairing = "product";
  std::string jobs = "1";
  bool resume = false;
  std::string shard = "1/1";
  bool benchmark = false;
  bool json = false;
  int warm_up = BenchmarkOptions().warm_up;
  int frames = BenchmarkOptions().frames;
  std::string models;
  std::string precision = "auto";
  std::string size = "auto";
  std::string landmarks = "dense";
  std::string face = "largest";
  std::string source_face = "largest";
  std::string motion = "auto";
  std::string reference_frame = "auto";
  StrengthArguments strength;
  std::string on_lost = "hold";
  std::string mouth = "driver";
  std::string layers = "on";
  std::string background = "keep";
  std::string frame_rate = "auto";
  bool no_audio = false;
  bool no_refinement = false;
  bool no_smoothing = false;
  bool quiet = false;
  bool verbose = false;
};

/// Binds the flags of the main command to `arguments`, which must outlive `app`.
void add_reenact_options(CLI::App& app, ReenactArguments& arguments);

/// Runs the command. Returns the exit code; throws the errors of core/error.h.
int run_reenact_command(const ReenactArguments& arguments);

}  // namespace reenact::cli
