#include "reenact/infer/landmark_networks.h"

#include "infer/bundle_manifest.h"
#include "infer/script_module.h"
#include "reenact/core/error.h"

namespace reenact {

namespace fs = std::filesystem;

namespace {

constexpr int supported_format_version = 1;
constexpr const char* face_mesh_file = "facemesh.pt";
constexpr const char* iris_file = "iris.pt";
constexpr std::int64_t face_mesh_points = 468;
constexpr std::int64_t eye_contour_points = 71;
constexpr std::int64_t iris_points = 5;

BundleManifest read_manifest(const fs::path& directory) {
  std::error_code ignored;
  if (!fs::exists(directory / "manifest.json", ignored)) {
    throw ModelError((directory / "manifest.json").string() +
                     " is missing; scripts/convert_landmarks.py makes the landmark networks");
  }
  BundleManifest manifest(directory);
  if (manifest.integer("/format_version") != supported_format_version) {
    throw ModelError((directory / "manifest.json").string() +
                     " has another format_version than 1; run scripts/convert_landmarks.py again");
  }
  return manifest;
}

/// Row n of [N,points,3] as 3×points.
Eigen::Matrix3Xf points_of(const std::vector<float>& values, std::int64_t n, std::int64_t points) {
  return Eigen::Map<const Eigen::Matrix3Xf>(values.data() + n * points * 3, 3, points);
}

}  // namespace

struct LandmarkNetworks::Impl {
  Impl(const fs::path& directory, const InferOptions& options)
      : manifest(read_manifest(directory)),
        face_mesh(directory / face_mesh_file, manifest.sha256("/files/facemesh.pt/sha256"), options),
        iris(directory / iris_file, manifest.sha256("/files/iris.pt/sha256"), options) {
    for (ScriptModule* module : {&face_mesh, &iris}) {
      module->require_method("forward", "(Tensor) -> (Tensor, Tensor)");
      module->use_xnnpack();
      module->use_quick_operators("forward");
    }
    run_face_mesh(std::vector<float>(3 * face_mesh_input_size * face_mesh_input_size));
    for (const int eyes : {1, 2})
      run_iris(std::vector<float>(eyes * 3 * iris_input_size * iris_input_size), eyes);
  }

  FaceMeshOutput run_face_mesh(const std::vector<float>& rgb) const {
    const c10::IValue result =
        face_mesh.call("forward", {face_mesh.input(rgb, {1, 3, face_mesh_input_size, face_mesh_input_size})});
    const auto& elements = result.toTupleRef().elements();
    const at::Tensor points = elements[0].toTensor();
    const at::Tensor score = elements[1].toTensor();
    face_mesh.require_tensor(points, {1, face_mesh_points, 3}, "the face-mesh points");
    face_mesh.require_unit_tensor(score, {1}, "the score");
    return {points_of(copy_to_vector(points), 0, face_mesh_points), score.item<float>()};
  }

  std::vector<IrisOutput> run_iris(const std::vector<float>& rgb, int eyes) const {
    const c10::IValue result =
        iris.call("forward", {iris.input(rgb, {eyes, 3, iris_input_size, iris_input_size})});
    const auto& elements = result.toTupleRef().elements();
    iris.require_tensor(elements[0].toTensor(), {eyes, eye_contour_points, 3}, "the eye contour");
    iris.require_tensor(elements[1].toTensor(), {eyes, iris_points, 3}, "the iris points");
    const std::vector<float> contours = copy_to_vector(elements[0].toTensor());
    const std::vector<float> irises = copy_to_vector(elements[1].toTensor());
    std::vector<IrisOutput> outputs;
    outputs.reserve(static_cast<std::size_t>(eyes));
    for (int eye = 0; eye < eyes; ++eye) {
      outputs.push_back({points_of(contours, eye, eye_contour_points), points_of(irises, eye, iris_points)});
    }
    return outputs;
  }

  BundleManifest manifest;
  ScriptModule face_mesh;
  ScriptModule iris;
};

LandmarkNetworks::LandmarkNetworks(const fs::path& directory, const InferOptions& options)
    : impl_(guarded(directory, "holds networks that cannot be used",
                    [&] { return std::make_unique<Impl>(directory, options); })) {}
LandmarkNetworks::~LandmarkNetworks() = default;
LandmarkNetworks::LandmarkNetworks(LandmarkNetworks&&) noexcept = default;
LandmarkNetworks& LandmarkNetworks::operator=(LandmarkNetworks&&) noexcept = default;

FaceMeshOutput LandmarkNetworks::face_mesh(const std::vector<float>& rgb) const {
  return guarded(face_mesh_file, "fails for a face", [&] { return impl_->run_face_mesh(rgb); });
}

std::vector<IrisOutput> LandmarkNetworks::iris(const std::vector<float>& rgb, int eyes) const {
  return guarded(iris_file, "fails for eyes", [&] { return impl_->run_iris(rgb, eyes); });
}

}  // namespace reenact
