#include <algorithm>
#include <cstdint>
#include <string>

#include "fuzz/input_file.h"
#include "reenact/core/error.h"
#include "reenact/study/survey.h"

/// The input holds the survey's key and a rater's answers, with a zero byte between them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(bytes), size);
  const std::size_t middle = std::min(input.find('\0'), input.size());
  const std::size_t second = std::min(middle + 1, input.size());
  const reenact::fuzz::InputFile key(bytes, middle);
  const reenact::fuzz::InputFile answers(bytes + second, size - second);
  try {
    reenact::aggregate_survey({answers.path()}, key.path());
  } catch (const reenact::Error&) {
  }
  return 0;
}
