#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "reenact/infer/generator.h"
#include "reenact/infer/graph_cost.h"

namespace reenact {

struct NetworkTimesOptions {
  InferOptions infer;
  int warm_up = 5;        ///< frames that are not counted
  int frames = 50;        ///< frames of each generator that are
  void validate() const;  ///< Throws UsageError.
};

/// What a generator costs by itself, without tracking, maps, composing and coding.
struct NetworkTimes {
  GeneratorInfo info;
  GeneratorMethodCosts costs;
  double initialize_ms = 0;  ///< of one call
  double median_ms = 0;      ///< of a frame, its eyes included where the generator paints them
  double p90_ms = 0;
};

/// Times generators on one even grey source and smooth maps, in turn frame by frame, so that a machine that
/// slows down meanwhile slows all of them. Throws ModelError, and Interrupted when `should_stop` says so.
std::vector<NetworkTimes> time_generators(const std::vector<std::filesystem::path>& bundles,
                                          const NetworkTimesOptions& options,
                                          const std::function<bool()>& should_stop);

/// For people.
std::string network_times_text(const std::vector<NetworkTimes>& times, const NetworkTimesOptions& options);
/// The same for programs (docs/report_format.md).
std::string network_times_json(const std::vector<NetworkTimes>& times, const NetworkTimesOptions& options);

}  // namespace reenact
