#pragma once

#include <string>
#include <vector>

namespace reenact {

/// Of the generator's work for a frame.
enum class Precision {
  automatic,  ///< bfloat16 where the bundle offers it and the processor computes it natively
  float32,
  bfloat16,
};

/// "auto", "float32" or "bfloat16".
std::string precision_name(Precision precision);
/// The precision of that name. Throws UsageError when there is none.
Precision precision_named(const std::string& name);

/// Where and how networks run.
struct InferOptions {
  std::string device = "auto";  ///< auto (CUDA when there is one), cpu, cuda, cuda:N
  int threads = 0;              ///< of one network; 0 = default_threads()
  Precision precision = Precision::automatic;
  bool trust_model = false;  ///< take generator bundles that the program does not ship (generator_bundle.h)
};

/// LibTorch's version, e.g. "1.13.1".
std::string torch_version();
/// The linear-algebra library LibTorch was built for or has loaded, e.g. "OpenBLAS 0.3.21".
std::string blas_name();
/// Whether this processor multiplies bfloat16 itself (AVX512-BF16, which comes with AMX too).
bool has_native_bfloat16();
/// Half of the cores, at least one: the stages of a run work side by side.
int default_threads();

/// Tells LibTorch how many threads its operators may use in the calling thread, to which OpenMP's number
/// belongs. at::set_num_threads() would also replace XNNPACK's pool, which another thread may be using.
void set_operator_threads(int threads);

/// Tells OpenBLAS, where it is what LibTorch calls, how many threads a matrix product may use. Its own choice
/// is all cores, which then wait for each other by spinning: several times slower when a core is busy.
void set_blas_threads(int threads);

/// "cpu" and every CUDA device, with names.
std::vector<std::string> visible_devices();

/// Restarts the program with OMP_WAIT_POLICY=passive unless the environment already chooses a policy. To be
/// called first thing in main(). OpenMP's default is to spin while it waits, which makes two pools of threads
/// on two cores many times slower; GNU's OpenMP reads the policy while the program is loaded, so that setting
/// it later, even in a constructor of the program, has no effect. Throws Error when it cannot restart.
void restart_with_passive_openmp(char* const* argv);

}  // namespace reenact
