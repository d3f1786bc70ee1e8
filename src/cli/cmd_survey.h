#pragma once

#include <CLI/CLI.hpp>

namespace reenact::cli {

/// Adds `survey make` and `survey aggregate`, which run while `app` parses. They throw the errors of
/// core/error.h. When app.got_subcommand("survey"), nothing else is left to do.
void add_survey_command(CLI::App& app);

}  // namespace reenact::cli
