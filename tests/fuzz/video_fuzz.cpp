#include <cstdint>

#include "fuzz/input_file.h"
#include "reenact/core/error.h"
#include "reenact/media/video_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  constexpr int most_frames = 20;
  const reenact::fuzz::InputFile file(bytes, size);
  try {
    reenact::VideoReader reader(file.path());
    for (int i = 0; i < most_frames && reader.read(); ++i) {
    }
    reader.damage();
  } catch (const reenact::Error&) {
  }
  return 0;
}
