#include <cstdint>
#include <string>

#include "fuzz/input_file.h"
#include "reenact/core/error.h"
#include "reenact/files/csv.h"
#include "reenact/files/pairs.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  try {
    std::string again;
    for (const reenact::CsvRow& row : reenact::parse_csv(text, "input.csv")) {
      again += reenact::csv_line(row.fields);
    }
    if (reenact::parse_csv(again, "again.csv").size() > reenact::parse_csv(text, "input.csv").size())
      __builtin_trap();
  } catch (const reenact::Error&) {
  }
  const reenact::fuzz::InputFile file(bytes, size);
  try {
    reenact::read_pairs(file.path(), reenact::PairResults::to_make);
  } catch (const reenact::Error&) {
  }
  return 0;
}
