#include "reenact/infer/device.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <torch/version.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <system_error>
#include <thread>

#include "reenact/core/error.h"

namespace reenact {

namespace {

/// A function of a library that is already loaded, or null.
template <typename Function>
Function* loaded_function(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

/// File of the library that defines a loaded function, links resolved; empty when there is none.
std::string library_of(const char* function) {
  Dl_info info{};
  void* const address = dlsym(RTLD_DEFAULT, function);
  if (address == nullptr || dladdr(address, &info) == 0 || info.dli_fname == nullptr) return {};
  std::error_code error;
  const auto path = std::filesystem::canonical(info.dli_fname, error);
  return error ? info.dli_fname : path.string();
}

/// NVIDIA's own name of a device, from the driver that LibTorch has loaded.
std::string cuda_device_name(int index) {
  std::array<char, 256> name{};
  int device = 0;
  void* const driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_NOLOAD);
  if (driver == nullptr) return {};
  auto* const get_device = reinterpret_cast<int (*)(int*, int)>(dlsym(driver, "cuDeviceGet"));
  auto* const get_name = reinterpret_cast<int (*)(char*, int, int)>(dlsym(driver, "cuDeviceGetName"));
  const bool found = get_device != nullptr && get_name != nullptr && get_device(&device, index) == 0 &&
                     get_name(name.data(), static_cast<int>(name.size()) - 1, device) == 0;
  dlclose(driver);
  return found ? std::string(name.data()) : std::string();
}

}  // namespace

std::string precision_name(Precision precision) {
  switch (precision) {
    case Precision::automatic:
      return "auto";
    case Precision::float32:
      return "float32";
    case Precision::bfloat16:
      return "bfloat16";
  }
  return "";
}

Precision precision_named(const std::string& name) {
  for (const Precision precision : {Precision::automatic, Precision::float32, Precision::bfloat16}) {
    if (name == precision_name(precision)) return precision;
  }
  throw UsageError("The precision '" + name + "' is not known; use auto, float32 or bfloat16");
}

std::string torch_version() { return TORCH_VERSION; }

std::string blas_name() {
  const std::string library = library_of("sgemm_");
  auto* const openblas_config = loaded_function<char*()>("openblas_get_config");
  if (library.find("openblas") != std::string::npos && openblas_config != nullptr) {
    std::istringstream words(openblas_config());  // "OpenBLAS 0.3.21 NO_LAPACKE ..."
    std::string name;
    std::string version;
    words >> name >> version;
    return name + " " + version;
  }
  if (at::hasMKL()) return "MKL";
  return library.empty() ? "unknown" : library;
}

bool has_native_bfloat16() {
#if defined(__x86_64__) || defined(__i386__)
  return __builtin_cpu_supports("avx512bf16") != 0;
#else
  return false;
#endif
}

int default_threads() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency()) / 2); }

void set_operator_threads(int threads) {
  if (at::get_num_threads() == threads) return;
  auto* const set_openmp_threads = loaded_function<void(int)>("omp_set_num_threads");
  if (set_openmp_threads != nullptr) {
    set_openmp_threads(threads);
  } else {
    at::set_num_threads(threads);
  }
}

void set_blas_threads(int threads) {
  if (auto* const set_threads = loaded_function<void(int)>("openblas_set_num_threads")) set_threads(threads);
}

std::vector<std::string> visible_devices() {
  std::vector<std::string> devices = {"cpu"};
  const int cuda_devices = at::hasCUDA() ? static_cast<int>(at::detail::getCUDAHooks().getNumGPUs()) : 0;
  for (int index = 0; index < cuda_devices; ++index) {
    const std::string name = cuda_device_name(index);
    devices.push_back("cuda:" + std::to_string(index) + (name.empty() ? "" : " " + name));
  }
  return devices;
}

void restart_with_passive_openmp(char* const* argv) {
  if (std::getenv("OMP_WAIT_POLICY") != nullptr || std::getenv("GOMP_SPINCOUNT") != nullptr) return;
  setenv("OMP_WAIT_POLICY", "passive", 1);
  execv("/proc/self/exe", argv);
  throw Error(ExitCode::internal,
              std::string("The program cannot restart itself with OMP_WAIT_POLICY=passive: ") +
                  std::strerror(errno) + "; set that variable yourself");
}

}  // namespace reenact
