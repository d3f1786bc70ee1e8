#include <cstdint>
#include <string>

#include "infer/bundle_manifest.h"
#include "reenact/core/error.h"
#include "reenact/infer/generator_bundle.h"
#include "reenact/io/face_model_file.h"
#include "support/files.h"
#include "support/temporary_directory.h"

/// The manifest beside a generator, beside networks made at setup, and beside a face model.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const reenact::testing::TemporaryDirectory directory;
  reenact::testing::write_text(directory / "face_model.safetensors", "none");
  reenact::testing::write_text(directory / "manifest.json",
                               std::string(reinterpret_cast<const char*>(bytes), size));
  try {
    reenact::describe_bundle(directory.path());
  } catch (const reenact::Error&) {
  }
  try {
    reenact::BundleManifest(directory.path()).sha256("/files/iris.pt/sha256");
  } catch (const reenact::Error&) {
  }
  try {
    reenact::load_face_model(directory.path());
  } catch (const reenact::Error&) {
  }
  return 0;
}
