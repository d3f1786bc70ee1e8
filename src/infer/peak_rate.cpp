#include "reenact/infer/peak_rate.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>

#include "infer/script_module.h"

namespace reenact {

double measured_peak_gmacs_per_s(const InferOptions& options) {
  constexpr std::int64_t size = 1024;
  constexpr int repetitions = 12;
  const int threads = options.threads > 0 ? options.threads : default_threads();
  return guarded("LibTorch", "fails to multiply matrices", [&] {
    const c10::InferenceMode inference_mode;
    set_operator_threads(threads);
    set_blas_threads(threads);
    const at::Tensor factor = at::ones({size, size}, at::TensorOptions(choose_device(options.device)));
    double best_s = 1e9;
    for (int i = 0; i < repetitions; ++i) {
      const auto start = std::chrono::steady_clock::now();
      at::mm(factor, factor)[0][0].item<float>();  // reading a value waits for the device
      best_s =
          std::min(best_s, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return 1e-9 * static_cast<double>(size * size * size) / best_s;
  });
}

}  // namespace reenact
