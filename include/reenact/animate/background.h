#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>

namespace reenact {

/// What is shown behind the person.
struct Background {
  enum class Kind {
    keep,         ///< the photo's own
    transparent,  ///< nothing
    colour,
    file,  ///< a picture, or a video that is repeated
  };
  Kind kind = Kind::keep;
  std::array<std::uint8_t, 3> rgb{};  ///< of Kind::colour
  std::filesystem::path file;         ///< of Kind::file
};

/// "keep", "transparent", "#RRGGBB", or else the name of a file. Throws UsageError.
Background parse_background(const std::string& text);

/// The text that means it.
std::string text_of(const Background& background);

}  // namespace reenact
