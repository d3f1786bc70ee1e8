#pragma once

#include <map>
#include <string>
#include <vector>

namespace reenact {

/// `json` safe inside a script element: no '<' is left, so the element cannot be closed from within.
std::string script_json(const std::string& json);

/// A data URI (RFC 2397) with base64 content.
std::string data_uri(const std::string& mime_type, const std::vector<unsigned char>& bytes);

/// `page` with each {{name}} replaced; values are not searched again. Throws std::logic_error for a name
/// that has no value.
std::string fill_template(const std::string& page, const std::map<std::string, std::string>& values);

}  // namespace reenact
