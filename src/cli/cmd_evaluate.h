#pragma once

#include <CLI/CLI.hpp>

namespace reenact::cli {

/// Adds `reenact evaluate self|cross|pair`, which runs when the command line is parsed.
void add_evaluate_command(CLI::App& app);

}  // namespace reenact::cli
