#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "reenact/animate/options.h"

namespace reenact::cli {

/// What --strength and --parts were given.
struct StrengthArguments {
  std::string strength = "1";
  std::string parts = "all";
};

/// Binds the flags to `arguments`, which must outlive `app`.
void add_strength_options(CLI::App& app, StrengthArguments& arguments, const std::string& group);

/// Sets the strength of each part, 0 of one that --parts leaves out, and what follows from it: a mouth that
/// does not move shows nothing of the driver's inside, and folds are no stronger than the expression. Throws
/// UsageError for anything that is not a strength or a part.
void set_strength(const StrengthArguments& arguments, ReenactOptions& options);

}  // namespace reenact::cli
