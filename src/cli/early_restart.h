#pragma once

namespace reenact::cli {

/// Whether networks may be computed by several OpenMP threads, which then must not spin while they wait for
/// each other: where half of the cores are more than one, or --threads is given. `arguments` are argv.
bool may_run_threads_of_openmp(char* const* arguments);

}  // namespace reenact::cli
