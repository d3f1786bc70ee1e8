#pragma once

#include <torch/csrc/jit/api/module.h>

#include <string>

namespace reenact {

/// Puts the operators of resampling.h in the place of LibTorch's in a method of the module, which must be on
/// the CPU. A method that writes into tensors stays as it is.
void use_quick_operators(torch::jit::Module& module, const std::string& method);

}  // namespace reenact
