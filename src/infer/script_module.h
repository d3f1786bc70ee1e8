#pragma once

// The only header of the project that includes LibTorch's TorchScript interface.
#include <torch/script.h>

#include <cstdint>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include "reenact/core/error.h"
#include "reenact/infer/device.h"

namespace reenact {

/// "FILE WHAT: the line of LibTorch's exception that says why". Throws std::bad_alloc when that is too little
/// memory.
ModelError torch_failure(const std::filesystem::path& file, const std::string& what,
                         const std::exception& error);

/// Runs `work`, which uses LibTorch for the network `file`, and turns LibTorch's exceptions into
/// torch_failure(). Every public function of this module that may meet one goes through it.
template <typename Work>
decltype(auto) guarded(const std::filesystem::path& file, const char* what, Work&& work) {
  try {
    return work();
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw torch_failure(file, what, error);
  }
}

/// A TorchScript file: verifies it, runs its methods without gradients, and turns LibTorch's exceptions
/// into ModelError.
class ScriptModule {
 public:
  /// Throws ModelError when the file is missing, has another SHA-256, is not TorchScript that this LibTorch
  /// reads, would run code of its own while it is loaded, or uses operators that reach beyond tensors;
  /// UsageError when there is no such device.
  ScriptModule(std::filesystem::path file, const std::string& sha256, const InferOptions& options);

  bool has_method(const std::string& method) const;

  /// Throws ModelError unless the module has this method with exactly these types, given in TorchScript's
  /// notation without names: "(Tensor[], Tensor) -> (Tensor, Tensor, Tensor)".
  void require_method(const std::string& method, const std::string& signature) const;

  /// The precision to compute in when this one is asked for and `bfloat16_method` is what computes in
  /// bfloat16, if the module has it: that of the faster one for Precision::automatic. Throws ModelError when
  /// bfloat16 is asked for without that method.
  Precision choose_precision(Precision asked, const std::string& bfloat16_method) const;

  /// Attributes of the module. Throws ModelError when missing or of another type.
  std::int64_t integer_attribute(const std::string& name) const;
  std::string text_attribute(const std::string& name) const;

  /// Hands the convolutions of `forward`, the only method left after this, to XNNPACK where LibTorch has it
  /// and the module is on the CPU, on one thread. For networks of many small layers; results differ by
  /// rounding.
  void use_xnnpack();

  /// Hands a method's sampling, changes of size and changes of layout to operators of our own where the
  /// module is on the CPU. Results differ by rounding.
  void use_quick_operators(const std::string& method);

  /// Runs a method. Thread-safe as long as the module does not change itself.
  c10::IValue call(const std::string& method, std::vector<c10::IValue> inputs) const;

  /// `values` as a float tensor of `shape` on the module's device. On the CPU it is not copied: the
  /// values must outlive the tensor.
  at::Tensor input(const std::vector<float>& values, at::IntArrayRef shape) const;

  /// Throws ModelError naming `what` unless the tensor is float32, of this shape and finite.
  void require_tensor(const at::Tensor& tensor, at::IntArrayRef shape, const std::string& what) const;
  /// The same, and all values lie in [0,1] up to rounding.
  void require_unit_tensor(const at::Tensor& tensor, at::IntArrayRef shape, const std::string& what) const;

  /// Throws ModelError when a floating-point tensor of a state, a Tensor[], is not finite.
  void require_state(const c10::IValue& state) const;

  const torch::jit::Module& module() const { return module_; }

  /// "cpu" or "cuda:0".
  std::string device_name() const { return device_.str(); }

 private:
  [[noreturn]] void fail(const std::string& problem) const;
  c10::IValue attribute(const std::string& name) const;

  std::filesystem::path file_;
  at::Device device_;
  int threads_;
  torch::jit::Module module_;
};

/// SHA-256 of a network's file. Throws ModelError when it cannot be read.
std::string sha256_of_network(const std::filesystem::path& file);

/// The device of that name (InferOptions). Throws UsageError when there is none.
at::Device choose_device(const std::string& name);

/// Row-major values of a tensor on any device.
std::vector<float> copy_to_vector(const at::Tensor& tensor);

/// `count` values that rise evenly from 0 to 1: an input for a dry run.
std::vector<float> ramp(std::size_t count);

}  // namespace reenact
