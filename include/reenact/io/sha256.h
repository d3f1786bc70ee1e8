#pragma once

#include <filesystem>
#include <string>

namespace reenact {

/// Lower-case hexadecimal SHA-256 of a file. Throws InputError when it cannot be read.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace reenact
