#include <cstdint>

#include "fuzz/input_file.h"
#include "reenact/core/error.h"
#include "reenact/io/motion_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const reenact::fuzz::InputFile file(bytes, size);
  try {
    reenact::MotionFileReader reader(file.path());
    while (reader.read()) {
    }
  } catch (const reenact::Error&) {
  }
  return 0;
}
