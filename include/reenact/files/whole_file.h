#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace reenact {

/// The bytes of a regular file. Throws InputError when it cannot be read or has more than `limit` bytes.
std::string read_file(const std::filesystem::path& path, std::uintmax_t limit);

/// Writes a file under a hidden name in the same folder and renames it, so that it is never seen half
/// written. Throws OutputError.
void write_file(const std::filesystem::path& path, const std::string& bytes);

/// Makes `folder` and its parents. Throws OutputError.
void make_folder(const std::filesystem::path& folder);

}  // namespace reenact
