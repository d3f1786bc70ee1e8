#pragma once

#include <filesystem>
#include <memory>
#include <opencv2/core.hpp>

#include "reenact/core/landmarks.h"

namespace reenact {

/// dlib's 68-point shape predictor (Kazemi and Sullivan, CVPR 2014).
class Dlib68Predictor {
 public:
  /// Throws ModelError when the file is missing, damaged or of another shape.
  explicit Dlib68Predictor(const std::filesystem::path& shape_predictor_file);
  ~Dlib68Predictor();
  Dlib68Predictor(Dlib68Predictor&&) noexcept;
  Dlib68Predictor& operator=(Dlib68Predictor&&) noexcept;

  Landmarks locate(const cv::Mat& image_bgr, const cv::Rect2d& face_box) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace reenact
