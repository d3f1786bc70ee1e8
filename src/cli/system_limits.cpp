#include "cli/system_limits.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <string>

#include "reenact/core/error.h"

namespace reenact::cli {
namespace {

[[noreturn]] void refuse(const std::string& why) { throw Error(ExitCode::internal, why); }

/// What a run of a small photo needs. OpenBLAS would wait for it for ever, even for its threads to end, and
/// XNNPACK fail as a damaged network does.
void require_memory() {
  constexpr std::size_t megabytes = 900;
  constexpr std::size_t bytes = megabytes << 20U;
  void* const place = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) {
    refuse("the system refuses another " + std::to_string(megabytes) +
           " MB of memory; raise its limit (ulimit -v), or close other programs");
  }
  ::munmap(place, bytes);
}

/// The limit is also the size of every thread's stack.
void require_stack() {
  constexpr rlim_t kilobytes = 1024;
  rlimit stack{};
  if (::getrlimit(RLIMIT_STACK, &stack) == 0 && stack.rlim_cur < (kilobytes << 10U)) {
    refuse("the system gives a stack of " + std::to_string(stack.rlim_cur >> 10U) +
           " kB; raise its limit to " + std::to_string(kilobytes) + " kB (ulimit -s)");
  }
}

/// LibTorch's libraries read there what the processor can do.
void require_processors() {
  if (::access("/proc/cpuinfo", R_OK) != 0) refuse("/proc cannot be read; mount it");
}

void require_thread_count() {
  constexpr int most = 1024;
  const char* named = std::getenv("OMP_NUM_THREADS");
  if (named == nullptr) return;
  const std::string list = named;  // one number a level of nested teams
  const std::string text = list.substr(0, list.find(','));
  int count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size() || count < 1 || count > most) {
    throw UsageError("OMP_NUM_THREADS is '" + list + "'; it must be 1 to " + std::to_string(most) +
                     ", or not set");
  }
}

}  // namespace

void require_usable_system() {
  require_memory();
  require_stack();
  require_processors();
  require_thread_count();
}

}  // namespace reenact::cli
