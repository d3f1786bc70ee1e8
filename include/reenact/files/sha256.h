#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace reenact {

/// Lower-case hexadecimal SHA-256 of a file. Throws InputError when it cannot be read.
std::string sha256_of_file(const std::filesystem::path& path);

/// The same of a file, or of the names and contents of the pictures of a folder.
std::string sha256_of_media(const std::filesystem::path& path);

/// Lower-case hexadecimal SHA-256 of bytes in memory.
std::string sha256_of_bytes(std::string_view bytes);

}  // namespace reenact
