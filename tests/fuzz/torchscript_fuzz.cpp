#include <cstdint>

#include "fuzz/input_file.h"
#include "infer/script_module.h"
#include "reenact/core/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const reenact::fuzz::InputFile file(bytes, size);
  try {
    reenact::ScriptModule(file.path(), reenact::sha256_of_network(file.path()), {});
  } catch (const reenact::Error&) {
  }
  return 0;
}
