#pragma once

#include <filesystem>
#include <memory>
#include <opencv2/core.hpp>

#include "reenact/core/landmarks.h"

namespace reenact {

/// dlib's 68-point shape predictor: an ensemble of regression trees (Kazemi and Sullivan, CVPR 2014).
class Dlib68Predictor {
 public:
  /// Reads a dlib shape predictor file and checks every index in it.
  /// Throws ModelError when the file is missing, damaged or of another number of points.
  explicit Dlib68Predictor(const std::filesystem::path& shape_predictor_file);
  ~Dlib68Predictor();
  Dlib68Predictor(Dlib68Predictor&&) noexcept;
  Dlib68Predictor& operator=(Dlib68Predictor&&) noexcept;

  /// Points of the face in a box of FaceDetector (the predictor was trained on such boxes), in pixels of
  /// `image_bgr` (8-bit BGR). The score is always 1: the predictor has none of its own.
  Landmarks locate(const cv::Mat& image_bgr, const cv::Rect2d& face_box) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace reenact
