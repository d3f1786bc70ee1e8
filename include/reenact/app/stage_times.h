#pragma once

#include <array>
#include <chrono>
#include <cstddef>

namespace reenact {

/// The stages of a run, in the order in which a frame passes them.
enum class Stage : std::size_t { load, source, decode, landmarks, fit, maps, network, compose, encode };
inline constexpr std::size_t stage_count = 9;
inline constexpr std::array<const char*, stage_count> stage_names = {
    "load", "source", "decode", "landmarks", "fit", "maps", "network", "compose", "encode"};

/// Wall-clock seconds spent in each stage.
class StageTimes {
 public:
  double seconds(Stage stage) const { return seconds_[static_cast<std::size_t>(stage)]; }

  /// Runs `work` and adds the time it took to `stage`.
  template <typename Work>
  decltype(auto) measure(Stage stage, Work&& work) {
    const Timer timer(seconds_[static_cast<std::size_t>(stage)]);
    return work();
  }

 private:
  class Timer {
   public:
    explicit Timer(double& total) : total_(total), start_(std::chrono::steady_clock::now()) {}
    ~Timer() { total_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

   private:
    double& total_;
    std::chrono::steady_clock::time_point start_;
  };

  std::array<double, stage_count> seconds_{};
};

}  // namespace reenact
