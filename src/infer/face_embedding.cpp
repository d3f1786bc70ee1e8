#include "reenact/infer/face_embedding.h"

#include "infer/bundle_manifest.h"
#include "infer/script_module.h"
#include "reenact/core/error.h"

namespace reenact {

namespace fs = std::filesystem;

namespace {

constexpr int supported_format_version = 1;
constexpr const char* network_file = "face_recognition.pt";

BundleManifest read_manifest(const fs::path& directory) {
  const fs::path file = directory / "manifest.json";
  std::error_code ignored;
  if (!fs::exists(file, ignored)) {
    throw ModelError(file.string() +
                     " is missing; scripts/convert_face_recognition.py makes the face recognition network");
  }
  BundleManifest manifest(directory);
  if (manifest.integer("/format_version") != supported_format_version) {
    throw ModelError(file.string() +
                     " has another format_version than 1; run scripts/convert_face_recognition.py again");
  }
  return manifest;
}

}  // namespace

struct FaceEmbedding::Impl {
  Impl(const fs::path& directory, const InferOptions& options)
      : network(directory / network_file,
                read_manifest(directory).sha256("/files/face_recognition.pt/sha256"), options) {
    network.require_method("forward", "(Tensor) -> Tensor");
    embed(std::vector<float>(3 * face_embedding_input_size * face_embedding_input_size));
  }

  Eigen::VectorXf embed(const std::vector<float>& rgb) const {
    const at::Tensor embedding =
        network
            .call("forward",
                  {network.input(rgb, {1, 3, face_embedding_input_size, face_embedding_input_size})})
            .toTensor();
    network.require_tensor(embedding, {1, face_embedding_size}, "the embedding");
    const std::vector<float> values = copy_to_vector(embedding);
    return Eigen::Map<const Eigen::VectorXf>(values.data(), face_embedding_size);
  }

  ScriptModule network;
};

FaceEmbedding::FaceEmbedding(const fs::path& directory, const InferOptions& options)
    : impl_(guarded(directory / network_file, "cannot be used",
                    [&] { return std::make_unique<Impl>(directory, options); })) {}
FaceEmbedding::~FaceEmbedding() = default;
FaceEmbedding::FaceEmbedding(FaceEmbedding&&) noexcept = default;
FaceEmbedding& FaceEmbedding::operator=(FaceEmbedding&&) noexcept = default;

Eigen::VectorXf FaceEmbedding::embed(const std::vector<float>& rgb) const {
  return guarded(network_file, "fails for a face", [&] { return impl_->embed(rgb); });
}

}  // namespace reenact
