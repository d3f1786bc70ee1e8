#include "reenact/files/text_table.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iomanip>
#include <locale>
#include <sstream>

namespace reenact {
namespace {

std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace

std::string printable(std::string text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool starts_control =
        byte(i) == 0xC2U && i + 1 < text.size() && byte(i + 1) >= 0x80U && byte(i + 1) < 0xA0U;
    if (byte(i) < 0x20U || byte(i) == 0x7FU) text[i] = ' ';
    if (starts_control) text.replace(i, 2, " ");
  }
  return text;
}

std::string fixed(double value, int decimals) {
  if (std::isnan(value)) return "–";
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text << std::fixed << std::setprecision(decimals) << value;
  return text.str();
}

std::string interval_text(double low, double high, int decimals) {
  if (std::isnan(low) || std::isnan(high)) return "–";
  return "[" + fixed(low, decimals) + ", " + fixed(high, decimals) + "]";
}

std::string aligned(const std::vector<std::vector<std::string>>& rows) {
  if (rows.empty()) return "";
  std::vector<std::size_t> widths(rows.front().size(), 0);
  const auto is_free = [&](const std::vector<std::string>& row, std::size_t column) {
    return column > 0 && row.size() < widths.size() && column + 1 == row.size();
  };
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (!is_free(row, i)) widths.at(i) = std::max(widths.at(i), width_of(row[i]));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string field = printable(row[i]);
      const std::size_t width = width_of(field);
      const std::string padding(is_free(row, i) || width >= widths[i] ? 0 : widths[i] - width, ' ');
      if (i > 0) text += "  ";
      text += i == 0 ? field + padding : padding + field;
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  return text;
}

}  // namespace reenact
