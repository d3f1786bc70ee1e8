#pragma once

#include <string>

#include "infer/script_module.h"

namespace reenact {

/// The name of an operator, or of a native function, that `module` could call and that is none of tensors and
/// control flow; empty when there is none. Searches every function that came with the module, called or not,
/// with the graphs nested in it.
std::string impure_operator(const torch::jit::Module& module);

}  // namespace reenact
