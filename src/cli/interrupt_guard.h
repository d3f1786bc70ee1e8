#pragma once

#include <array>
#include <csignal>

namespace reenact::cli {

/// Until it goes out of scope, the first Ctrl-C, SIGTERM or SIGHUP asks the run to finish its output; a
/// second one kills. A signal that is ignored (nohup, a script's background job) stays ignored.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  static bool interrupted();

 private:
  static constexpr std::array<int, 3> signals = {SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, signals.size()> previous_ = {};
};

}  // namespace reenact::cli
