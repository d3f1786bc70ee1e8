#pragma once

#include <filesystem>

namespace reenact {

/// Whether a file ends before the end that it declares: the segment of Matroska and WebM (RFC 8794, RFC
/// 9559), the first RIFF chunk of AVI, the last tag of FLV. False for other files, and for live recordings,
/// which declare none. libav ends such files without an error where the cut lies between two packets of the
/// picture.
bool lacks_declared_bytes(const std::filesystem::path& path);

}  // namespace reenact
