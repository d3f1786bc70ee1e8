#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace reenact {

/// Base64 of RFC 4648 with padding.
std::string to_base64(const std::vector<std::uint8_t>& bytes);

/// The bytes; nothing when `text` is not what to_base64() would have written.
std::optional<std::vector<std::uint8_t>> from_base64(const std::string& text);

}  // namespace reenact
