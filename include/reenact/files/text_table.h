#pragma once

#include <string>
#include <vector>

namespace reenact {

/// `value` with `decimals` digits; "–" for NaN.
std::string fixed(double value, int decimals);

/// "[low, high]"; "–" when there is no interval.
std::string interval_text(double low, double high, int decimals);

/// `text` on one line of a terminal, whatever a file or its name holds: control characters, those of UTF-8
/// (U+0080 to U+009F) too, become spaces.
std::string printable(std::string text);

/// Rows as lines with aligned columns, two spaces apart: the first column to the left, the others to the
/// right, except that the last field of a row with fewer fields than the first row is left as it is.
/// Width is counted in code points of UTF-8; control characters become spaces.
std::string aligned(const std::vector<std::vector<std::string>>& rows);

}  // namespace reenact
