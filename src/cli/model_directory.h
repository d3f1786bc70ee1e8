#pragma once

#include <filesystem>

namespace reenact::cli {

/// Where the models are when --models is not given: $REENACT_MODELS, then the installation this program
/// belongs to, then the source tree it was built from. Throws ModelError when none of them exists.
std::filesystem::path find_models();

}  // namespace reenact::cli
