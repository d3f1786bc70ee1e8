#pragma once

namespace reenact::cli {

/// Throws Error where the system gives the program too little to run on: memory (ulimit -v), stack (ulimit
/// -s), a view of its processors (/proc), or OMP_NUM_THREADS with a number of threads that none could start.
/// The libraries below would crash, wait for ever, or blame a network.
void require_usable_system();

}  // namespace reenact::cli
