#pragma once

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

}  // namespace reenact
