#include "cli/early_restart.h"

#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace reenact::cli {
namespace {

constexpr int cores_with_one_thread_a_network = 3;

char passive_waits[] = "OMP_WAIT_POLICY=passive";

bool names(const char* variable, const char* prefix) {
  return std::strncmp(variable, prefix, std::strlen(prefix)) == 0;
}

/// What restart_with_passive_openmp() does, before the libraries' constructors (DT_PREINIT_ARRAY of the
/// System V ABI): LibTorch's take a third of a second, and would run twice. Nothing of C++'s library works
/// yet. What fails here is tried again, and told, by main(). Where OpenMP has one thread, nothing has
/// to be loaded twice.
void restart_early(int, char** arguments, char** environment) {
  if (!may_run_threads_of_openmp(arguments)) return;
  std::size_t count = 0;
  for (; environment[count] != nullptr; ++count) {
    if (names(environment[count], "OMP_WAIT_POLICY=") || names(environment[count], "GOMP_SPINCOUNT=")) return;
  }
  void* const place = ::mmap(nullptr, (count + 2) * sizeof(char*), PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) return;
  auto* const changed = static_cast<char**>(place);
  std::copy_n(environment, count, changed);
  changed[count] = passive_waits;
  changed[count + 1] = nullptr;
  ::execve("/proc/self/exe", arguments, changed);
}

[[gnu::section(".preinit_array"), gnu::used]] void (*const before_libraries)(int, char**,
                                                                             char**) = restart_early;

}  // namespace

bool may_run_threads_of_openmp(char* const* arguments) {
  for (char* const* argument = arguments; *argument != nullptr; ++argument) {
    if (names(*argument, "--threads")) return true;
  }
  cpu_set_t cores;
  CPU_ZERO(&cores);
  return ::sched_getaffinity(0, sizeof cores, &cores) != 0 ||
         CPU_COUNT(&cores) > cores_with_one_thread_a_network;
}

}  // namespace reenact::cli
