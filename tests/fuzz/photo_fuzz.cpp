#include <cstdint>
#include <string>
#include <vector>

#include "fuzz/input_file.h"
#include "reenact/core/error.h"
#include "reenact/files/image_header.h"
#include "reenact/media/image.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  reenact::parse_image_header(std::string(reinterpret_cast<const char*>(bytes), size));
  const reenact::fuzz::InputFile file(bytes, size);
  try {
    std::vector<std::string> notes;
    cv::Mat alpha;
    reenact::read_photo(file.path(), &notes, &alpha);
  } catch (const reenact::Error&) {
  }
  return 0;
}
