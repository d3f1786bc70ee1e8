#pragma once

#include <string>

namespace reenact {

/// `text` safe in the content of elements and in quoted attributes of HTML and XML. Control characters that
/// these forbid become U+FFFD.
std::string escape_markup(const std::string& text);

}  // namespace reenact
