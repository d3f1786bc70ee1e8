#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <vector>

namespace reenact {

/// The stages of a run, in the order in which a frame passes them.
enum class Stage : std::size_t {
  load,
  source,
  decode,
  landmarks,
  mouth,
  fit,
  shading,
  maps,
  detail,
  network,
  compose,
  encode
};
inline constexpr std::size_t stage_count = 12;
inline constexpr std::array<const char*, stage_count> stage_names = {
    "load",    "source", "decode", "landmarks", "mouth",   "fit",
    "shading", "maps",   "detail", "network",   "compose", "encode"};

/// Wall-clock seconds spent in each stage. Different stages may be measured by different threads at once.
class StageTimes {
 public:
  /// Also keeps the single durations from now on.
  void keep_samples() { keeps_samples_ = true; }
  double seconds(Stage stage) const { return entry(stage).seconds; }
  /// Seconds of the single calls, in their order; empty without keep_samples().
  const std::vector<double>& samples(Stage stage) const { return entry(stage).samples; }

  /// Runs `work` and adds the time it took to `stage`.
  template <typename Work>
  decltype(auto) measure(Stage stage, Work&& work) {
    const Timer timer(entries_[static_cast<std::size_t>(stage)], keeps_samples_);
    return work();
  }

 private:
  struct Entry {
    double seconds = 0;
    std::vector<double> samples;
  };

  class Timer {
   public:
    Timer(Entry& entry, bool keeps_samples)
        : entry_(entry), keeps_samples_(keeps_samples), start_(std::chrono::steady_clock::now()) {}
    ~Timer() {
      const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
      entry_.seconds += seconds;
      if (keeps_samples_) entry_.samples.push_back(seconds);
    }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

   private:
    Entry& entry_;
    bool keeps_samples_;
    std::chrono::steady_clock::time_point start_;
  };

  const Entry& entry(Stage stage) const { return entries_[static_cast<std::size_t>(stage)]; }

  bool keeps_samples_ = false;
  std::array<Entry, stage_count> entries_;
};

}  // namespace reenact
