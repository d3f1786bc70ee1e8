#include "reenact/infer/segmenter.h"

#include "infer/bundle_manifest.h"
#include "infer/script_module.h"
#include "reenact/core/error.h"

namespace reenact {

namespace fs = std::filesystem;

namespace {

constexpr int supported_format_version = 1;
constexpr const char* network_file = "selfie.pt";

BundleManifest read_manifest(const fs::path& directory) {
  const fs::path file = directory / "manifest.json";
  std::error_code ignored;
  if (!fs::exists(file, ignored)) {
    throw ModelError(file.string() +
                     " is missing; scripts/convert_segmentation.py makes the segmentation network, and "
                     "--layers off goes without");
  }
  BundleManifest manifest(directory);
  if (manifest.integer("/format_version") != supported_format_version) {
    throw ModelError(file.string() +
                     " has another format_version than 1; run scripts/convert_segmentation.py again");
  }
  return manifest;
}

}  // namespace

struct Segmenter::Impl {
  Impl(const fs::path& directory, const InferOptions& options)
      : network(directory / network_file, read_manifest(directory).sha256("/files/selfie.pt/sha256"),
                options) {
    network.require_method("forward", "(Tensor) -> Tensor");
    probability(std::vector<float>(3 * segmenter_input_size * segmenter_input_size));
  }

  std::vector<float> probability(const std::vector<float>& rgb) const {
    const at::Tensor result =
        network.call("forward", {network.input(rgb, {1, 3, segmenter_input_size, segmenter_input_size})})
            .toTensor();
    network.require_unit_tensor(result, {1, segmenter_input_size, segmenter_input_size},
                                "the probability of a person");
    return copy_to_vector(result);
  }

  ScriptModule network;
};

Segmenter::Segmenter(const fs::path& directory, const InferOptions& options)
    : impl_(guarded(directory / network_file, "cannot be used",
                    [&] { return std::make_unique<Impl>(directory, options); })) {}
Segmenter::~Segmenter() = default;
Segmenter::Segmenter(Segmenter&&) noexcept = default;
Segmenter& Segmenter::operator=(Segmenter&&) noexcept = default;

std::vector<float> Segmenter::probability(const std::vector<float>& rgb) const {
  return guarded(network_file, "fails for a photo", [&] { return impl_->probability(rgb); });
}

}  // namespace reenact
