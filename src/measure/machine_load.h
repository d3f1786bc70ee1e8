#pragma once

namespace reenact {

/// Shares of the machine's processor time between two moments, from /proc/stat and this process's own usage.
class MachineLoad {
 public:
  MachineLoad();
  struct Shares {
    double others = 0;  ///< of all cores' time, used by other programs
    double steal = 0;   ///< taken by the host of a virtual machine
  };
  /// Since construction; zero where the system does not say.
  Shares shares() const;

 private:
  struct Sample {
    double total = 0, busy = 0, steal = 0, own = 0;  ///< seconds
  };
  static Sample sample();
  Sample start_;
};

/// The most memory this process has had resident, in MB (10⁶ bytes).
double peak_memory_mb();

}  // namespace reenact
