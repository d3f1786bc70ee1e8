#pragma once

#include <memory>
#include <opencv2/core.hpp>
#include <vector>

namespace reenact {

/// A detected face in image pixels.
struct Detection {
  cv::Rect2d box;         ///< from the brows to the chin; may reach beyond the image
  double confidence = 0;  ///< margin of the detector's classifier; above 1 is a clear face
};

/// Of a detection that is hardly ever anything but a face.
inline constexpr double clear_face_confidence = 0.6;

/// dlib's frontal face detector (HOG and a linear SVM in a sliding window of 80 px; King, arXiv 1502.00046),
/// run at several scales because it misses faces under 80 px. Not for several threads at once.
class FaceDetector {
 public:
  FaceDetector();
  ~FaceDetector();
  FaceDetector(FaceDetector&&) noexcept;
  FaceDetector& operator=(FaceDetector&&) noexcept;

  /// Fast search for a driver frame (8-bit BGR): its longer side shrunk to 320 px, and larger, up to
  /// 1280 px and twice its size, only while nothing is found. Faces sorted by area, largest first.
  std::vector<Detection> detect_in_frame(const cv::Mat& image_bgr);

  /// Slow search for faces that are small in a large frame: up to 5120 px and twice its size, only while
  /// nothing is found.
  std::vector<Detection> detect_small_in_frame(const cv::Mat& image_bgr);

  /// Thorough search for a photo (8-bit BGR), up to 2560 px and twice its size, so that faces of 40 px are
  /// found in pictures up to 1280 px. When there is none, 5120 px and turns of 30° either way are tried.
  /// Faces sorted by area, largest first, each once.
  std::vector<Detection> detect_in_photo(const cv::Mat& image_bgr);

  /// The same for whom only the largest face matters: ends with the coarsest search that shows a clear one,
  /// since finer ones find smaller faces.
  std::vector<Detection> detect_largest_in_photo(const cv::Mat& image_bgr);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace reenact
