#include "measure/machine_load.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string>

namespace reenact {
namespace {

rusage usage() {
  rusage own{};
  getrusage(RUSAGE_SELF, &own);
  return own;
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

}  // namespace

MachineLoad::MachineLoad() : start_(sample()) {}

MachineLoad::Sample MachineLoad::sample() {
  Sample now;
  const rusage own = usage();
  now.own = seconds(own.ru_utime) + seconds(own.ru_stime);
  std::ifstream stat("/proc/stat");
  std::string cpu;
  std::array<double, 8> ticks{};  // user, nice, system, idle, iowait, irq, softirq, steal
  stat >> cpu;
  for (double& value : ticks) stat >> value;
  if (!stat) return now;
  const auto per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  for (const double value : ticks) now.total += value / per_second;
  now.steal = ticks[7] / per_second;
  now.busy = now.total - (ticks[3] + ticks[4]) / per_second - now.steal;
  return now;
}

MachineLoad::Shares MachineLoad::shares() const {
  const Sample now = sample();
  const double total = now.total - start_.total;
  if (total <= 0) return {};
  const double others = (now.busy - start_.busy) - (now.own - start_.own);
  return {std::clamp(others / total, 0.0, 1.0), std::clamp((now.steal - start_.steal) / total, 0.0, 1.0)};
}

double peak_memory_mb() { return static_cast<double>(usage().ru_maxrss) * 1024 / 1e6; }

}  // namespace reenact
