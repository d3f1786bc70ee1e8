#include "reenact/batch/jobs.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>
#include <thread>

namespace reenact {
namespace {

constexpr std::int64_t bytes_per_job = 600'000'000;  ///< of a photo and a driver of full HD

}  // namespace

int automatic_jobs(int cores, std::optional<std::int64_t> memory_bytes) {
  const std::int64_t room = memory_bytes.value_or(most_jobs * bytes_per_job) / bytes_per_job;
  return static_cast<int>(std::clamp<std::int64_t>(std::min<std::int64_t>(cores, room), 1, most_jobs));
}

int automatic_jobs() {
  std::ifstream meminfo("/proc/meminfo");
  return automatic_jobs(static_cast<int>(std::thread::hardware_concurrency()), available_memory(meminfo));
}

std::optional<std::int64_t> available_memory(std::istream& meminfo) {
  std::string name;
  while (meminfo >> name) {
    std::int64_t kilobytes = 0;
    if (name == "MemAvailable:" && meminfo >> kilobytes) return kilobytes * 1024;
    meminfo.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return std::nullopt;
}

int threads_for_jobs(int cores, int jobs) { return std::max(1, cores / jobs / 2); }

}  // namespace reenact
