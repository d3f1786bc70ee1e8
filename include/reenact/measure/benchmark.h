#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "reenact/animate/run.h"

namespace reenact {

struct BenchmarkOptions {
  /// Source and driver may both be empty: a drawn head and a clip of it then take their place, 512×512.
  ReenactOptions run;
  int warm_up = 20;       ///< frames of each stage that are not counted
  int frames = 300;       ///< frames measured, or as many as the driver has
  void validate() const;  ///< Throws UsageError.
};

/// Milliseconds of single calls.
struct StageFigures {
  std::string name;
  std::size_t calls = 0;
  double median_ms = 0;
  double p90_ms = 0;
};

struct BenchmarkResult {
  std::string input;
  int driver_width = 0, driver_height = 0, output_width = 0, output_height = 0;
  std::int64_t frames = 0;

  std::vector<StageFigures> stages;  ///< one after the other, nothing else running
  double stages_ms = 0;              ///< their medians together

  /// The whole chain with its stages side by side. Tracking runs ahead, so that the first frame comes late
  /// and the others fast; `frames_per_second` counts all of it from the opened driver to the closed file.
  double frames_per_second = 0;
  double load_s = 0;
  double source_s = 0;       ///< once per photo: read, find, fit, initialize
  double first_frame_s = 0;  ///< a run of its own, from loading the models to the first written frame
  double peak_memory_mb = 0;

  std::int64_t initialize_macs = 0, forward_macs = 0, initialize_parameters = 0, forward_parameters = 0;
  double peak_gmacs_per_s = 0;  ///< of a matrix product on the network's threads
  double network_peak_share = 0;

  std::string generator, device;
  Precision precision = Precision::float32;  ///< of the generator
  int threads = 0, cores = 0;
  double others_share = 0;  ///< processor time that other programs took while the stages were timed
  double steal_share = 0;   ///< processor time that the host took
  bool busy() const { return others_share + steal_share > 0.05; }
};

/// Times the real chain. Nothing is left on the disk. Throws as run_reenact() does.
BenchmarkResult run_benchmark(const BenchmarkOptions& options, const RunObserver& observer);

/// For people, with the versions it was measured with.
std::string benchmark_text(const BenchmarkResult& result);
/// The same for programs (docs/report_format.md).
std::string benchmark_json(const BenchmarkResult& result);

}  // namespace reenact
