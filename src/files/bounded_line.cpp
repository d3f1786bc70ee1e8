#include "reenact/files/bounded_line.h"

namespace reenact {

LineRead read_bounded_line(std::istream& stream, std::size_t limit, std::string& line) {
  line.clear();
  for (int c = stream.get(); c != std::istream::traits_type::eof(); c = stream.get()) {
    if (c == '\n') return LineRead::line;
    line.push_back(static_cast<char>(c));
    if (line.size() > limit) return LineRead::too_long;
  }
  if (stream.bad()) return LineRead::failed;
  return line.empty() ? LineRead::end : LineRead::line;
}

}  // namespace reenact
