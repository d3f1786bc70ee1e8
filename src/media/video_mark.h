#pragma once

#include <filesystem>
#include <string>

namespace reenact {

/// Adds an XMP packet to a finished .mp4 or .mov as its last top-level box (XMP Specification Part 3,
/// MPEG-4). Throws OutputError.
void append_xmp_box(const std::filesystem::path& path, const std::string& packet);

/// Adds an XMP packet to a finished GIF before its trailer (XMP Specification Part 3, GIF). Throws
/// OutputError.
void insert_gif_xmp(const std::filesystem::path& path, const std::string& packet);

}  // namespace reenact
