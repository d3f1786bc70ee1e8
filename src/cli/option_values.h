#pragma once

#include <cstdint>
#include <string>

#include "reenact/track/landmark_locator.h"

namespace reenact::cli {

/// A whole number of 0 or more. Throws UsageError naming `flag`.
std::int64_t parse_count(const std::string& text, const std::string& flag);

/// largest, center, or a number from the left. Throws UsageError naming `flag`.
FaceChoice parse_face(const std::string& text, const std::string& flag);

}  // namespace reenact::cli
