#pragma once

#include <string>
#include <vector>

namespace reenact {

/// Where and how networks run.
struct InferOptions {
  std::string device = "auto";  ///< auto (CUDA when there is one), cpu, cuda, cuda:N
  int threads = 0;              ///< 0 = LibTorch's own choice
};

/// LibTorch's version, e.g. "1.13.1".
std::string torch_version();
/// The linear-algebra library LibTorch was built for or has loaded, e.g. "OpenBLAS 0.3.21".
std::string blas_name();
/// "cpu" and every CUDA device, with names.
std::vector<std::string> visible_devices();

}  // namespace reenact
