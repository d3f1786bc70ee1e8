#pragma once

#include <filesystem>

#include "reenact/core/face_model.h"

namespace reenact {

/// Loads models/<name>/face_model.safetensors and checks it against its manifest.json (sha256)
/// and FaceModel::validate(). Throws ModelError.
FaceModel load_face_model(const std::filesystem::path& directory);

}  // namespace reenact
