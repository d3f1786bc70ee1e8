#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <memory>
#include <vector>

#include "reenact/infer/device.h"

namespace reenact {

inline constexpr int face_embedding_input_size = 150;
inline constexpr int face_embedding_size = 128;

/// dlib's face recognition network as TorchScript, with the weights of face-api
/// (scripts/convert_face_recognition.py makes the file). Close embeddings mean one person.
class FaceEmbedding {
 public:
  /// `directory` holds face_recognition.pt and manifest.json with its sha256. Throws ModelError.
  FaceEmbedding(const std::filesystem::path& directory, const InferOptions& options);
  ~FaceEmbedding();
  FaceEmbedding(FaceEmbedding&&) noexcept;
  FaceEmbedding& operator=(FaceEmbedding&&) noexcept;

  /// Embedding of 128 values, not normalised. `rgb` is 3 planes of 150×150 floats in [0,1] of a face aligned
  /// by align_face() (metrics/identity.h).
  Eigen::VectorXf embed(const std::vector<float>& rgb) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace reenact
