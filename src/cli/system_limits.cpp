#include "cli/system_limits.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

#include "reenact/core/error.h"

namespace reenact::cli {
namespace {

[[noreturn]] void refuse(const std::string& why) { throw Error(ExitCode::internal, why); }

/// What a run of a small photo needs.
constexpr std::size_t needed_bytes = std::size_t{900} << 20U;
constexpr char too_little_memory[] =
    "the system refuses another 900 MB of memory; raise its limit (ulimit -v), or close other programs";

bool memory_is_left() {
  void* const place =
      ::mmap(nullptr, needed_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return place != MAP_FAILED && ::munmap(place, needed_bytes) == 0;
}

/// Called before the libraries' constructors (DT_PREINIT_ARRAY of the System V ABI), in which LibTorch would
/// abort. Nothing of C++'s library works yet.
void end_without_memory(int, char**, char**) {
  if (memory_is_left()) return;
  for (const char* text : {"error: ", too_little_memory, "\n"}) {
    if (::write(STDERR_FILENO, text, std::strlen(text)) < 0) break;
  }
  ::_exit(static_cast<int>(ExitCode::internal));
}

[[gnu::section(".preinit_array"), gnu::used]] void (*const before_libraries)(int, char**,
                                                                             char**) = end_without_memory;

/// The libraries' constructors took more, with many processors much more. OpenBLAS would wait for memory for
/// ever, even for its threads to end, and XNNPACK fail as a damaged network does.
void require_memory() {
  if (!memory_is_left()) refuse(too_little_memory);
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
