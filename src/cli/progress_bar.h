#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace reenact::cli {

/// One line on a terminal's stderr: what is done, its rate and the time left.
class ProgressBar {
 public:
  /// Draws nothing unless `wanted` and stderr is a terminal. `title` stands before the count,
  /// `unit` after it.
  ProgressBar(bool wanted, std::string title, std::string unit = "frames");
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// `total` is 0 when it is not known.
  void update(std::int64_t done, std::int64_t total);

 private:
  using Clock = std::chrono::steady_clock;
  bool shown_;
  std::string title_;
  std::string unit_;
  std::int64_t first_done_ = -1;  ///< of the first update, from which the rate is measured; -1 before it
  bool drawn_ = false;
  Clock::time_point start_;
  Clock::time_point last_drawn_;
};

}  // namespace reenact::cli
