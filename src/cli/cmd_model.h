#pragma once

#include <CLI/CLI.hpp>

namespace reenact::cli {

/// Adds `reenact model list|show|verify|benchmark`. Each runs while `app` parses and throws the errors of
/// core/error.h.
void add_model_command(CLI::App& app);

}  // namespace reenact::cli
