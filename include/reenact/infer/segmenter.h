#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "reenact/infer/device.h"

namespace reenact {

inline constexpr int segmenter_input_size = 256;

/// MediaPipe selfie segmentation as TorchScript (scripts/convert_segmentation.py makes the file): tells
/// persons from what is behind them.
class Segmenter {
 public:
  /// `directory` holds selfie.pt and manifest.json with its sha256. Throws ModelError.
  Segmenter(const std::filesystem::path& directory, const InferOptions& options);
  ~Segmenter();
  Segmenter(Segmenter&&) noexcept;
  Segmenter& operator=(Segmenter&&) noexcept;

  /// Probability in [0,1] that a pixel shows a person, 256×256, row-major. `rgb` is 3 planes of 256×256
  /// floats in [0,1]. Thread-safe.
  std::vector<float> probability(const std::vector<float>& rgb) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace reenact
