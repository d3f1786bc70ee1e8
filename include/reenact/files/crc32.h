#pragma once

#include <cstdint>
#include <vector>

namespace reenact {

/// CRC-32 of zlib and PNG (ISO 3309).
std::uint32_t crc32_of(const std::vector<std::uint8_t>& bytes);

}  // namespace reenact
