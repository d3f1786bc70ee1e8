#pragma once

#include <csignal>

namespace reenact::cli {

/// Until it goes out of scope, the first Ctrl-C (or SIGTERM) asks the run to finish its output; a second one
/// kills.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  static bool interrupted();

 private:
  struct sigaction previous_int_ = {};
  struct sigaction previous_term_ = {};
};

}  // namespace reenact::cli
