#pragma once

#include <torch/csrc/jit/api/module.h>

namespace reenact {

/// Puts the operators of resampling.h in the place of LibTorch's in all methods of the module, which must be
/// on the CPU. Methods that write into tensors stay as they are.
void use_quick_operators(torch::jit::Module& module);

}  // namespace reenact
