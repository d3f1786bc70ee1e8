#pragma once

#include <filesystem>

namespace reenact {

/// Whether a Matroska or WebM file ends before the end that its segment declares (RFC 8794, RFC 9559); false
/// for other files and for live recordings, which declare none. libav ends such a file without an error.
bool is_cut_off_matroska(const std::filesystem::path& path);

}  // namespace reenact
