#include <cstdint>
#include <string>

#include "reenact/core/error.h"
#include "reenact/io/arkit_take.h"
#include "support/files.h"
#include "support/temporary_directory.h"

/// What begins as JSON does is read as JSON, all else as CSV.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const reenact::testing::TemporaryDirectory directory;
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  const bool is_json = size > 0 && (text[0] == '{' || text[0] == '[');
  const auto path = directory / (is_json ? "take.json" : "take.csv");
  reenact::testing::write_text(path, text);
  try {
    reenact::ArkitTake take(path);
    std::int64_t last = -1;
    while (const auto frame = take.read()) {
      if (frame->timestamp <= last) __builtin_trap();
      last = frame->timestamp;
    }
    if (last < 0 || take.frame_rate().num <= 0 || take.time_base().num <= 0) __builtin_trap();
  } catch (const reenact::Error&) {
  }
  return 0;
}
