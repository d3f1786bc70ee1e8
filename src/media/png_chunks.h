#pragma once

#include <string>

namespace reenact {

/// A PNG file with the chunks alone that its pixels are made of. Text and profiles unpack to a thousand times
/// their size in a decoder.
std::string pixel_chunks(const std::string& png);

/// The ICC profile of a PNG file; empty where there is none, or one that is damaged or over 16 MB.
std::string png_icc_profile(const std::string& png);

}  // namespace reenact
