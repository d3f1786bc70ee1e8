#pragma once

#include <memory>
#include <opencv2/core.hpp>
#include <vector>

namespace reenact {

/// A detected face in image pixels.
struct Detection {
  cv::Rect2d box;
  double confidence = 0;
};

/// dlib's frontal HOG detector, run at several scales.
class FaceDetector {
 public:
  FaceDetector();
  ~FaceDetector();
  FaceDetector(FaceDetector&&) noexcept;
  FaceDetector& operator=(FaceDetector&&) noexcept;

  /// Fast search for a driver frame: the image is shrunk so that its longer side is at most 320 px,
  /// and searched larger only when that finds nothing.
  std::vector<Detection> detect_in_frame(const cv::Mat& image_bgr);

  /// Thorough search for a photo: from shrunk to enlarged, small and large faces, merged.
  /// `also_tilted` adds turns of ±30° for faces that are not upright.
  std::vector<Detection> detect_in_photo(const cv::Mat& image_bgr);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace reenact
