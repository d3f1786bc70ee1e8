#pragma once

#include <opencv2/core.hpp>
#include <optional>

#include "reenact/detect/dense_landmarks.h"

namespace reenact {

/// Notices cuts between the frames of a video that show a face.
class ShotDetector {
 public:
  /// Whether a cut may lie between the last frame with a face and this one, so that the face should be sought
  /// anew. False before the first one.
  bool may_be_cut(const cv::Mat& frame) const;

  /// Takes the next frame with a face (8-bit BGR). True when a cut lies before it: the picture is another, or
  /// it is alike and the face lies elsewhere or has another size. Faces that move through a picture that
  /// stays start no shot.
  bool is_cut(const cv::Mat& frame, const FaceBox& face);

 private:
  struct Seen {
    cv::Mat thumbnail;
    FaceBox face;
  };
  std::optional<Seen> last_;
};

}  // namespace reenact
