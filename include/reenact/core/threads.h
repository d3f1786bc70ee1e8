#pragma once

#include <sys/resource.h>

#include <future>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "reenact/core/error.h"

namespace reenact {

/// Error with a sentence in the place of the std::system_error of a thread that the system refuses.
template <typename Start>
auto start_or_say_why(Start&& start) {
  try {
    return start();
  } catch (const std::system_error& error) {
    throw Error(ExitCode::internal,
                std::string("the system refuses another thread: ") + error.code().message() +
                    "; raise its limits (ulimit -u, ulimit -v), or run fewer programs beside it");
  }
}

/// A thread that runs `work`. Throws Error when the system refuses it.
template <typename Work>
std::thread start_thread(Work&& work) {
  return start_or_say_why([&] { return std::thread(std::forward<Work>(work)); });
}

/// The future of `work`, which runs in a thread of its own. Throws Error when the system refuses it.
template <typename Work>
auto start_async(Work&& work) {
  return start_or_say_why([&] { return std::async(std::launch::async, std::forward<Work>(work)); });
}

/// As start_async(), for work that is needed later than that of threads which would share a core with it:
/// where there is not a core for each, it gets less than half of one. Linux; elsewhere as start_async().
template <typename Work>
auto start_for_later(Work&& work) {
  return start_async([work = std::forward<Work>(work)]() mutable {
#ifdef __linux__
    constexpr int less_urgent = 4;
    ::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + less_urgent);
#endif
    return work();
  });
}

}  // namespace reenact
