#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "reenact/infer/device.h"

namespace reenact {

/// LPIPS (Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", CVPR 2018)
/// by any network given as TorchScript: forward(a, b) takes two float32 pictures [1,3,H,W], RGB in [−1,1], of
/// any size from 64 pixels, and returns one float32 value. scripts/export_lpips.py makes such a file.
class PerceptualDistance {
 public:
  /// Throws ModelError when the file is not such a network: the type of forward, and that the distance of a
  /// picture to itself is 0 and to another one finite and positive, are checked by a dry run.
  PerceptualDistance(const std::filesystem::path& file, const InferOptions& options);
  ~PerceptualDistance();
  PerceptualDistance(PerceptualDistance&&) noexcept;
  PerceptualDistance& operator=(PerceptualDistance&&) noexcept;

  /// Distance of two pictures of one size, 0 for equal ones. Each is 3 planes R, G, B of height·width
  /// floats in [0,1]. Throws InputError when the pictures are not of that size or smaller than 64 pixels on a
  /// side.
  double distance(const std::vector<float>& rgb_a, const std::vector<float>& rgb_b, int width,
                  int height) const;

  /// SHA-256 of the file, to be reported with the values: distances by different networks do not compare.
  const std::string& sha256() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace reenact
