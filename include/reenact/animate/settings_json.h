#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "reenact/animate/options.h"

namespace reenact {

/// The options that decide what an output looks like, as given.
nlohmann::json settings_json(const ReenactOptions& options);

/// SHA-256 of the models a run uses, by role. `generator_sha256` is empty for a run without a generator.
nlohmann::json model_hashes(const ReenactOptions& options, const std::string& generator_sha256);

}  // namespace reenact
