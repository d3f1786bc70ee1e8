#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <memory>
#include <vector>

namespace reenact {

/// dlib's own face recognition network (dlib_face_recognition_resnet_model_v1.dat, He et al., "Deep Residual
/// Learning for Image Recognition", CVPR 2016, with 29 convolutions, trained with a metric loss). The
/// counterpart of FaceEmbedding for those who have the file; values by one do not compare with values by the
/// other.
class DlibFaceEmbedding {
 public:
  /// Throws ModelError when the file is missing, damaged or holds another network.
  explicit DlibFaceEmbedding(const std::filesystem::path& file);
  ~DlibFaceEmbedding();
  DlibFaceEmbedding(DlibFaceEmbedding&&) noexcept;
  DlibFaceEmbedding& operator=(DlibFaceEmbedding&&) noexcept;

  /// Embedding of 128 values, not normalised. `rgb` is 3 planes of 150×150 floats in [0,1] of a face aligned
  /// by align_face() (metrics/identity.h); dlib sees them rounded to 8 bits. Throws InputError for another
  /// number of values.
  Eigen::VectorXf embed(const std::vector<float>& rgb);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace reenact
