#include "media/png_chunks.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <string_view>

namespace reenact {
namespace {

constexpr std::size_t signature_bytes = 8;
constexpr std::size_t chunk_overhead = 12;
constexpr std::size_t max_profile_bytes = 16'000'000;

struct Chunk {
  std::string_view kind;
  std::string_view data;
  std::string_view whole;
};

/// The last chunk may be cut off.
void for_each_chunk(std::string_view png, const std::function<void(const Chunk&)>& take) {
  for (std::size_t at = signature_bytes; at + signature_bytes <= png.size();) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = (length << 8) | static_cast<unsigned char>(png[at + i]);
    const std::string_view whole = png.substr(at, length + chunk_overhead);
    take({whole.substr(4, 4), whole.substr(signature_bytes, length), whole});
    at += whole.size();
  }
}

/// Empty when it is damaged or too large.
std::string inflated(std::string_view packed) {
  std::string unpacked(max_profile_bytes, '\0');
  uLongf length = unpacked.size();
  const int result =
      uncompress(reinterpret_cast<Bytef*>(unpacked.data()), &length,
                 reinterpret_cast<const Bytef*>(packed.data()), static_cast<uLong>(packed.size()));
  return result == Z_OK ? unpacked.substr(0, length) : std::string();
}

}  // namespace

std::string pixel_chunks(const std::string& png) {
  constexpr std::array<std::string_view, 5> kept = {"IHDR", "PLTE", "tRNS", "IDAT", "IEND"};
  std::string result = png.substr(0, signature_bytes);
  for_each_chunk(png, [&](const Chunk& chunk) {
    if (std::find(kept.begin(), kept.end(), chunk.kind) != kept.end()) result += chunk.whole;
  });
  return result;
}

std::string png_icc_profile(const std::string& png) {
  std::string profile;
  for_each_chunk(png, [&](const Chunk& chunk) {
    if (chunk.kind != "iCCP" || !profile.empty()) return;
    const std::size_t end_of_name = chunk.data.find('\0');
    constexpr std::size_t method = 1;
    if (end_of_name == std::string_view::npos || end_of_name + 1 + method > chunk.data.size()) return;
    profile = inflated(chunk.data.substr(end_of_name + 1 + method));
  });
  return profile;
}

}  // namespace reenact
