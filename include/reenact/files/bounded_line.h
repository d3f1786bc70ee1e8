#pragma once

#include <cstddef>
#include <istream>
#include <string>

namespace reenact {

enum class LineRead {
  line,      ///< one was read
  end,       ///< there is none left
  too_long,  ///< it is longer than the limit
  failed,    ///< the file cannot be read
};

/// Reads one line of at most `limit` bytes, without its end (LF), so that a file of one endless line costs no
/// memory. A last line need not end.
LineRead read_bounded_line(std::istream& stream, std::size_t limit, std::string& line);

}  // namespace reenact
