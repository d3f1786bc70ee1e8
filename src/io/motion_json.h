#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "reenact/core/motion.h"

namespace reenact {

/// Version of the motion files that are written (docs/motion_format.md).
inline constexpr int motion_format_version = 2;

/// What a line of a motion file says is wrong with it; the reader adds file and line number.
struct Malformed {
  std::string what;
};
[[noreturn]] void reject(const std::string& what);

nlohmann::json to_json(const MotionHeader& header);
nlohmann::json to_json(const MotionFrame& frame);

// All throw Malformed.

nlohmann::json parse_line(const std::string& line);

using FieldNames = std::set<std::string>;
/// All of `fields`, any of `optional`, and no other.
void require_fields(const nlohmann::json& object, const FieldNames& fields, const FieldNames& optional = {});

/// Fields that version 1 does not know: none of them in a file of that version.
FieldNames since_version_2(int version, FieldNames fields);

std::string parse_text(const nlohmann::json& value, const std::string& field);

/// Of a header.
int parse_version(const nlohmann::json& object);
MotionHeader parse_header(const nlohmann::json& object);
/// A frame of a file of this version whose header names so many expressions.
MotionFrame parse_frame(const nlohmann::json& object, int version, std::size_t expression_count);

}  // namespace reenact
