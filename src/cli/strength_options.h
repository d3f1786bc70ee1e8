#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "reenact/animate/motion_strength.h"

namespace reenact::cli {

/// What --strength and --parts were given.
struct StrengthArguments {
  std::string strength = "1";
  std::string parts = "all";
};

/// Binds the flags to `arguments`, which must outlive `app`.
void add_strength_options(CLI::App& app, StrengthArguments& arguments, const std::string& group);

/// The strength of each part; 0 of one that --parts leaves out. Throws UsageError for anything that is not a
/// strength or a part.
MotionStrength strength_from(const StrengthArguments& arguments);

}  // namespace reenact::cli
