#include "reenact/io/face_model_file.h"

#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "reenact/core/error.h"
#include "reenact/files/sha256.h"
#include "reenact/files/whole_file.h"
#include "safetensors.h"

namespace reenact {
namespace {

using nlohmann::json;
using Shape = std::vector<std::int64_t>;

constexpr const char* file_name = "face_model.safetensors";
constexpr const char* manifest_name = "manifest.json";
constexpr const char* format_name = "reenact-face-model";
constexpr int format_version = 1;
constexpr std::uintmax_t max_model_bytes = 256U << 20U;
constexpr std::uintmax_t max_manifest_bytes = 1U << 20U;

/// The sha256 the manifest promises.
std::string promised_sha256(const std::filesystem::path& path) {
  const json manifest =
      json::parse(read_file<ModelError>(path, max_manifest_bytes), nullptr, /*allow_exceptions=*/false);
  const auto is = [&](const char* key, const json& value) {
    return manifest.contains(key) && manifest[key] == value;
  };
  if (!manifest.is_object() || !is("format", format_name)) {
    throw ModelError("'" + path.string() + "' is not the manifest of a face model");
  }
  if (!is("format_version", format_version)) {
    throw ModelError("'" + path.string() + "' has an unknown format version; this program reads version " +
                     std::to_string(format_version));
  }
  if (!manifest.contains("sha256") || !manifest["sha256"].is_string()) {
    throw ModelError("'" + path.string() + "' gives no sha256");
  }
  return manifest["sha256"].get<std::string>();
}

/// Takes tensors out of a file one by one, checking type and shape.
class TensorSource {
 public:
  explicit TensorSource(Safetensors content) : content_(std::move(content)) {}

  bool has(const std::string& name) const { return content_.tensors.count(name) != 0; }

  /// Extent of one dimension of a tensor that must exist and have `dimensions` of them.
  std::int64_t extent(const std::string& name, std::size_t dimensions, std::size_t dimension) const {
    const TensorView& view = find(name);
    if (view.shape.size() != dimensions) throw ModelError("tensor '" + name + "' has the wrong shape");
    return view.shape[dimension];
  }

  /// Copies a tensor of exactly this type and shape to `destination`.
  template <typename Scalar>
  void copy(const std::string& name, TensorType type, const Shape& shape, Scalar* destination) {
    const TensorView& view = find(name);
    if (view.type != type) throw ModelError("tensor '" + name + "' has the wrong type");
    if (view.shape != shape) throw ModelError("tensor '" + name + "' has the wrong shape");
    if (!view.bytes.empty()) std::memcpy(destination, view.bytes.data(), view.bytes.size());
    taken_.insert(name);
  }

  /// A basis of float16 [modes][vertices][3] as a 3V×modes matrix.
  Eigen::MatrixXf basis(const std::string& name, Eigen::Index vertices) {
    const Eigen::Index modes = extent(name, 3, 0);
    if (extent(name, 3, 1) != vertices) throw ModelError("tensor '" + name + "' has the wrong shape");
    Eigen::Matrix<Eigen::half, Eigen::Dynamic, Eigen::Dynamic> stored(3 * vertices, modes);
    copy(name, TensorType::f16, {modes, vertices, 3}, stored.data());
    return stored.cast<float>();
  }

  const std::string& metadata(const std::string& key) const {
    const auto found = content_.metadata.find(key);
    if (found == content_.metadata.end()) throw ModelError("its metadata lack '" + key + "'");
    return found->second;
  }

  void require_all_taken() const {
    for (const auto& [name, view] : content_.tensors) {
      if (taken_.count(name) == 0) throw ModelError("it holds the unknown tensor '" + name + "'");
    }
  }

 private:
  const TensorView& find(const std::string& name) const {
    const auto found = content_.tensors.find(name);
    if (found == content_.tensors.end()) throw ModelError("it lacks the tensor '" + name + "'");
    return found->second;
  }

  Safetensors content_;
  std::set<std::string> taken_;
};

std::vector<std::string> parse_names(const std::string& text) {
  const json names = json::parse(text, nullptr, /*allow_exceptions=*/false);
  std::vector<std::string> result;
  if (!names.is_array()) throw ModelError("its expression names are not a JSON list");
  for (const json& name : names) {
    if (!name.is_string()) throw ModelError("its expression names are not texts");
    result.push_back(name.get<std::string>());
  }
  return result;
}

FaceModel build_model(TensorSource source) {
  if (source.metadata("format") != format_name ||
      source.metadata("format_version") != std::to_string(format_version)) {
    throw ModelError("its metadata do not say " + std::string(format_name) + " version " +
                     std::to_string(format_version));
  }
  FaceModel model;
  model.name = source.metadata("name");
  model.expression_names = parse_names(source.metadata("expression_names"));

  const Eigen::Index vertices = source.extent("mean", 2, 0);
  const Eigen::Index triangles = source.extent("triangles", 2, 0);
  if (source.extent("mean", 2, 1) != 3) throw ModelError("tensor 'mean' has the wrong shape");
  if (source.extent("triangles", 2, 1) != 3) throw ModelError("tensor 'triangles' has the wrong shape");
  model.mean.resize(3, vertices);
  source.copy("mean", TensorType::f32, {vertices, 3}, model.mean.data());
  model.triangles.resize(3, triangles);
  source.copy("triangles", TensorType::i32, {triangles, 3}, model.triangles.data());
  model.identity = source.basis("identity", vertices);
  model.expression = source.basis("expression", vertices);
  model.region.resize(static_cast<std::size_t>(vertices));
  source.copy("region", TensorType::u8, {vertices}, model.region.data());
  model.head_weight.resize(vertices);
  source.copy("head_weight", TensorType::f32, {vertices}, model.head_weight.data());
  model.mirror.resize(vertices);
  source.copy("mirror", TensorType::i32, {vertices}, model.mirror.data());
  model.neutral_coordinates.resize(3, vertices);
  source.copy("neutral_coordinates", TensorType::f32, {vertices, 3}, model.neutral_coordinates.data());
  model.landmarks68.resize(68);
  source.copy("landmarks68", TensorType::i32, {68}, model.landmarks68.data());
  if (source.has("landmarks468_triangle") || source.has("landmarks468_barycentric")) {
    model.landmarks468.triangle.resize(468);
    source.copy("landmarks468_triangle", TensorType::i32, {468}, model.landmarks468.triangle.data());
    model.landmarks468.barycentric.resize(3, 468);
    source.copy("landmarks468_barycentric", TensorType::f32, {468, 3}, model.landmarks468.barycentric.data());
  }
  source.require_all_taken();
  return model;
}

}  // namespace

FaceModel load_face_model(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / file_name;
  const std::string promised = promised_sha256(directory / manifest_name);
  const std::string bytes = read_file<ModelError>(path, max_model_bytes);
  if (sha256_of_bytes(bytes) != promised) {
    throw ModelError("'" + path.string() +
                     "' does not match the sha256 in its manifest; install the model again");
  }
  try {
    FaceModel model = build_model(TensorSource(parse_safetensors(bytes)));
    model.validate();
    return model;
  } catch (const ModelError& error) {
    throw ModelError("'" + path.string() + "' cannot be used: " + error.what());
  }
}

}  // namespace reenact
