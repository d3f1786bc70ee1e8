#include "reenact/measure/network_times.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "measure/percentile.h"
#include "reenact/animate/versions.h"
#include "reenact/core/error.h"
#include "reenact/files/text_table.h"

namespace reenact {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

template <typename Work>
double seconds_of(Work&& work) {
  const Clock::time_point start = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Windows of one kind to paint again and again.
class WindowTrial {
 public:
  explicit WindowTrial(const WindowKind& kind) : kind_(kind) {}

  void initialize(const Generator& generator) {
    const int side = kind_.side;
    source_ = generator.initialize_windows(kind_, even(3, side, side, 0.5F),
                                           even(window_maps::channels, side, side, 0.25F));
  }
  void paint(const Generator& generator) const { generator.paint_windows(source_, warped_, maps_); }

 private:
  /// Planes with one value everywhere.
  WindowPlanes even(int channels, int rows, int columns, float value) const {
    WindowPlanes planes(kind_.count, channels, rows, columns);
    std::fill(planes.values.begin(), planes.values.end(), value);
    return planes;
  }

  const WindowKind& kind_;
  WindowsState source_;
  WindowPlanes warped_ = even(3, kind_.height, kind_.width, 0.5F);
  WindowPlanes maps_ = even(window_maps::channels, kind_.height, kind_.width, 0.25F);
};

/// One generator with a source and a frame to draw again and again.
class Trial {
 public:
  Trial(const fs::path& bundle, const InferOptions& options) : generator_(bundle, options) {
    const int size = info().image_size;
    const std::size_t pixels = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
    const std::vector<float> grey(3 * pixels, 0.5F);
    maps_ = {size, std::vector<float>(conditioning::channels * pixels, 0.25F)};
    const LandmarkMaps person{size, std::vector<float>(landmark_conditioning::channels * pixels, 0.25F)};
    for (const WindowKind* kind : window_kinds) {
      if (info().paints(*kind)) windows_.emplace_back(*kind);
    }
    const auto initialize = [&] {
      source_ =
          info().draws_portraits() ? generator_.initialize(grey, person) : generator_.initialize(grey, maps_);
      for (WindowTrial& windows : windows_) windows.initialize(generator_);
    };
    initialize();
    initialize_s_ = seconds_of(initialize);
  }

  const GeneratorInfo& info() const { return generator_.info(); }
  double initialize_s() const { return initialize_s_; }
  double frame_s() const {
    if (info().draws_portraits()) {
      return seconds_of([&] { generator_.forward(source_, LandmarkPoints::Zero()); });
    }
    return seconds_of([&] {
      generator_.forward(source_, maps_);
      for (const WindowTrial& windows : windows_) windows.paint(generator_);
    });
  }

 private:
  Generator generator_;
  ConditioningMaps maps_;
  SourceState source_;
  std::vector<WindowTrial> windows_;
  double initialize_s_ = 0;
};

int threads_of(const InferOptions& options) {
  return options.threads > 0 ? options.threads : default_threads();
}

}  // namespace

void NetworkTimesOptions::validate() const {
  if (warm_up < 0 || warm_up > 100000) throw UsageError("--warm-up must lie between 0 and 100000");
  if (frames < 1 || frames > 1000000) throw UsageError("--frames must lie between 1 and 1000000");
}

std::vector<NetworkTimes> time_generators(const std::vector<fs::path>& bundles,
                                          const NetworkTimesOptions& options,
                                          const std::function<bool()>& should_stop) {
  options.validate();
  std::vector<Trial> trials;
  trials.reserve(bundles.size());
  for (const fs::path& bundle : bundles) trials.emplace_back(bundle, options.infer);

  std::vector<std::vector<double>> seconds(trials.size());
  for (int frame = -options.warm_up; frame < options.frames; ++frame) {
    for (std::size_t i = 0; i < trials.size(); ++i) {
      if (should_stop && should_stop()) throw Interrupted("interrupted");
      const double taken = trials[i].frame_s();
      if (frame >= 0) seconds[i].push_back(taken);
    }
  }

  std::vector<NetworkTimes> times;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    std::sort(seconds[i].begin(), seconds[i].end());
    times.push_back({trials[i].info(), generator_cost(bundles[i], options.infer.trust_model),
                     1000 * trials[i].initialize_s(), percentile_ms(seconds[i], 0.5),
                     percentile_ms(seconds[i], 0.9)});
  }
  return times;
}

std::string network_times_text(const std::vector<NetworkTimes>& times, const NetworkTimesOptions& options) {
  std::vector<std::vector<std::string>> rows = {{"generator", "pixels", "precision", "M parameters once",
                                                 "GMAC once", "ms once", "M parameters", "GMAC", "ms",
                                                 "p90 ms", "GMAC/s"}};
  for (const NetworkTimes& one : times) {
    const auto millions = [](std::int64_t count) { return fixed(1e-6 * static_cast<double>(count), 3); };
    const MethodCost once = one.costs.once();
    const MethodCost frame = one.costs.a_frame();
    const double gmacs = 1e-9 * static_cast<double>(frame.macs);
    rows.push_back({one.info.name, std::to_string(one.info.image_size), precision_name(one.info.precision),
                    millions(once.parameters), fixed(1e-9 * static_cast<double>(once.macs), 3),
                    fixed(one.initialize_ms, 1), millions(frame.parameters), fixed(gmacs, 3),
                    fixed(one.median_ms, 2), fixed(one.p90_ms, 2), fixed(1000 * gmacs / one.median_ms, 1)});
  }
  const int threads = threads_of(options.infer);
  return aligned(rows) + "\nmedian of " + std::to_string(options.frames) + " frames on " +
         (times.empty() ? options.infer.device : times.front().info.device) + ", " + std::to_string(threads) +
         (threads == 1 ? " thread" : " threads") + "; LibTorch " + torch_version() + ", " + blas_name() +
         "\n";
}

std::string network_times_json(const std::vector<NetworkTimes>& times, const NetworkTimesOptions& options) {
  using nlohmann::json;
  const auto cost = [](const MethodCost& of, double ms) {
    return json{{"macs", of.macs}, {"parameters", of.parameters}, {"median_ms", ms}};
  };
  json generators = json::array();
  for (const NetworkTimes& one : times) {
    json forward = cost(one.costs.a_frame(), one.median_ms);
    forward["p90_ms"] = one.p90_ms;
    generators.push_back({{"name", one.info.name},
                          {"conditioning", one.info.conditioning},
                          {"image_size", one.info.image_size},
                          {"sha256", one.info.sha256},
                          {"precision", precision_name(one.info.precision)},
                          {"device", one.info.device},
                          {"initialize", cost(one.costs.once(), one.initialize_ms)},
                          {"forward", forward}});
  }
  json tools = json::object();
  for (const Version& version : versions()) tools[version.name] = version.version;
  const json report = {{"format", "reenact-network-times"},
                       {"format_version", 1},
                       {"versions", tools},
                       {"frames", options.frames},
                       {"threads", threads_of(options.infer)},
                       {"generators", generators}};
  return report.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace reenact
