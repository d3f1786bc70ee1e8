#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace reenact {

/// Lists and objects inside each other that parse_json() takes: nlohmann-json writes and compares values by
/// recursion.
inline constexpr int max_json_depth = 64;

/// The value of a JSON text; discarded (is_discarded()) when it is none, or nested deeper than
/// max_json_depth.
nlohmann::json parse_json(const std::string& text);

}  // namespace reenact
