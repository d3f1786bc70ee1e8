#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <memory>
#include <vector>

#include "reenact/infer/device.h"

namespace reenact {

inline constexpr int face_mesh_input_size = 192;
inline constexpr int iris_input_size = 64;

struct FaceMeshOutput {
  Eigen::Matrix3Xf points;  ///< 3×468 in pixels of the 192×192 input, z relative (smaller is nearer)
  float score = 0;          ///< probability that the input shows a face
};

struct IrisOutput {
  Eigen::Matrix3Xf eye_contour;  ///< 3×71 in pixels of the 64×64 input
  Eigen::Matrix3Xf iris;         ///< 3×5: centre, then four points of the edge
};

/// MediaPipe face mesh and iris as TorchScript (scripts/convert_landmarks.py makes the files).
class LandmarkNetworks {
 public:
  /// `directory` holds facemesh.pt, iris.pt and manifest.json with their sha256. Throws ModelError.
  LandmarkNetworks(const std::filesystem::path& directory, const InferOptions& options);
  ~LandmarkNetworks();
  LandmarkNetworks(LandmarkNetworks&&) noexcept;
  LandmarkNetworks& operator=(LandmarkNetworks&&) noexcept;

  /// `rgb` is 3 planes of 192×192 floats in [0,1].
  FaceMeshOutput face_mesh(const std::vector<float>& rgb) const;
  /// `rgb` holds `eyes` pictures of 3 planes of 64×64 floats in [0,1] each, of the subject's right eye (left
  /// in the image); the other eye is given mirrored.
  std::vector<IrisOutput> iris(const std::vector<float>& rgb, int eyes) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace reenact
