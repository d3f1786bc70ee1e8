#include <cstdint>
#include <string>

#include "reenact/core/error.h"
#include "reenact/files/sha256.h"
#include "reenact/io/face_model_file.h"
#include "support/files.h"
#include "support/temporary_directory.h"

/// A manifest always vouches for the bytes: what is tried is the file behind it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const reenact::testing::TemporaryDirectory directory;
  const std::string file(reinterpret_cast<const char*>(bytes), size);
  reenact::testing::write_text(directory / "face_model.safetensors", file);
  reenact::testing::write_text(directory / "manifest.json",
                               R"({"format":"reenact-face-model","format_version":1,"sha256":")" +
                                   reenact::sha256_of_bytes(file) + "\"}");
  try {
    reenact::load_face_model(directory.path());
  } catch (const reenact::Error&) {
  }
  return 0;
}
