#pragma once

#include <filesystem>

#include "reenact/io/face_model_file.h"

namespace reenact::test {

/// The face model in models/, loaded once.
inline const FaceModel& shipped_face_model() {
  static const FaceModel model =
      load_face_model(std::filesystem::path(REENACT_SOURCE_DIR) / "models" / "face_model");
  return model;
}

}  // namespace reenact::test
