#include <cstdint>

#include "fuzz/input_file.h"
#include "reenact/core/error.h"
#include "reenact/detect/dlib68.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const reenact::fuzz::InputFile file(bytes, size);
  try {
    const reenact::Dlib68Predictor predictor(file.path());
    predictor.locate(cv::Mat(32, 32, CV_8UC3, cv::Scalar::all(128)), {4, 4, 24, 24});
  } catch (const reenact::Error&) {
  }
  return 0;
}
