#pragma once

#include <cstdint>
#include <memory>
#include <opencv2/core.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "reenact/core/landmarks.h"
#include "reenact/detect/dense_landmarks.h"
#include "reenact/detect/dlib68.h"
#include "reenact/detect/face_detector.h"

namespace reenact {

/// Which face of several is meant: the largest, the one nearest the middle of the picture, or
/// the n-th from the left (from 0).
struct FaceChoice {
  enum class Kind { largest, center, index };
  Kind kind = Kind::largest;
  int index = 0;
};

/// Chooses one of several detections; nothing when there is none, or fewer than asked for.
std::optional<Detection> choose_face(const std::vector<Detection>& detections, const FaceChoice& choice,
                                     cv::Size image_size);

/// Finds the landmarks of one face in a photo or, frame by frame, in a video. Several locators may share
/// their networks; one locator is not for several threads at once.
class LandmarkLocator {
 public:
  /// Dense landmarks.
  LandmarkLocator(std::shared_ptr<const LandmarkNetworks> networks, const FaceChoice& choice)
      : choice_(choice), networks_(std::move(networks)) {}
  /// 68 landmarks of dlib's shape predictor.
  LandmarkLocator(std::shared_ptr<const Dlib68Predictor> predictor, const FaceChoice& choice)
      : choice_(choice), predictor_(std::move(predictor)) {}

  /// Thorough search in a single picture.
  std::optional<Landmarks> find_in_photo(const cv::Mat& image);

  /// The faces that it found beside the chosen one; small ones are not sought when that is the largest.
  const std::vector<Detection>& others_in_photo() const { return others_; }

  /// Faces that the search in a single picture finds.
  std::size_t count_in_photo(const cv::Mat& image) { return detector_.detect_in_photo(image).size(); }

  /// The next frame of a video: looks where the face was in the last frame, and searches the whole
  /// frame when there was none or it is no longer there; in the first frame, in the first after a loss and in
  /// every 25th of those without a face it also looks for a small one.
  std::optional<Landmarks> track(const cv::Mat& frame);

  /// The same for a frame that may come after a cut: searches all of it first.
  std::optional<Landmarks> track_anew(const cv::Mat& frame);

  /// The turn by quarters that shows a clear face where the picture as it is shows a doubtful one or none, or
  /// any face where it shows none; nothing where no turn does. Fast, and does not look for small faces.
  std::optional<cv::RotateFlags> find_turn(const cv::Mat& image);

  /// Forgets the last frame, before another video.
  void reset() {
    last_box_.reset();
    frames_lost_ = 0;
  }

 private:
  std::optional<Landmarks> search(const cv::Mat& frame);
  void remember(const std::optional<Landmarks>& found);
  /// Confidence in the face of a picture, 0 where there is none.
  double clarity_of_face(const cv::Mat& image);
  std::optional<Landmarks> locate_detection(const cv::Mat& image, const std::vector<Detection>& detections);
  std::optional<Landmarks> locate_near(const cv::Mat& image, const FaceBox& box);

  FaceChoice choice_;
  FaceDetector detector_;
  std::shared_ptr<const LandmarkNetworks> networks_;  ///< one of the two
  std::shared_ptr<const Dlib68Predictor> predictor_;
  std::vector<Detection> others_;
  std::optional<FaceBox> last_box_;
  std::int64_t frames_lost_ = 0;  ///< since a face was seen last
};

}  // namespace reenact
