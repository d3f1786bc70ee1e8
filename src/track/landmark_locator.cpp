#include "reenact/track/landmark_locator.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace reenact {
namespace {

constexpr double min_face_score = 0.5;
/// What looks like a face in pictures that lie on their side or upside down scores lower (300 photos in four
/// turns: 0.992 at most; 99 % of the upright ones more).
constexpr double clear_face_score = 0.995;

/// A face neither jumps further than half its size nor changes size by more than this between frames.
constexpr double max_jump = 0.5;
constexpr double max_growth = 1.5;

constexpr std::int64_t frames_between_slow_searches = 25;

bool is_face(const Landmarks& landmarks) {
  return landmarks.score >= min_face_score && landmarks.points.allFinite() && landmarks.iris.allFinite();
}

cv::Point2d centre_of(const cv::Rect2d& box) { return {box.x + box.width / 2, box.y + box.height / 2}; }

bool is_continuation(const FaceBox& last, const FaceBox& now) {
  const double growth = now.side / last.side;
  return (now.centre - last.centre).norm() < max_jump * last.side && growth < max_growth &&
         growth > 1 / max_growth;
}

}  // namespace

std::optional<Detection> choose_face(const std::vector<Detection>& detections, const FaceChoice& choice,
                                     cv::Size image_size) {
  if (detections.empty()) return std::nullopt;
  switch (choice.kind) {
    case FaceChoice::Kind::largest:
      return *std::max_element(detections.begin(), detections.end(),
                               [](const auto& a, const auto& b) { return a.box.area() < b.box.area(); });
    case FaceChoice::Kind::center: {
      const cv::Point2d middle(image_size.width / 2.0, image_size.height / 2.0);
      return *std::min_element(detections.begin(), detections.end(), [&](const auto& a, const auto& b) {
        return cv::norm(centre_of(a.box) - middle) < cv::norm(centre_of(b.box) - middle);
      });
    }
    case FaceChoice::Kind::index: {
      if (choice.index >= static_cast<int>(detections.size())) return std::nullopt;
      std::vector<Detection> from_left = detections;
      std::sort(from_left.begin(), from_left.end(),
                [](const auto& a, const auto& b) { return centre_of(a.box).x < centre_of(b.box).x; });
      return from_left[static_cast<std::size_t>(choice.index)];
    }
  }
  return std::nullopt;
}

std::optional<Landmarks> LandmarkLocator::find_in_photo(const cv::Mat& image) {
  others_ = choice_.kind == FaceChoice::Kind::largest ? detector_.detect_largest_in_photo(image)
                                                      : detector_.detect_in_photo(image);
  std::optional<Landmarks> landmarks = locate_detection(image, others_);
  if (const std::optional<Detection> chosen = choose_face(others_, choice_, image.size())) {
    const auto is_chosen = [&](const Detection& face) { return face.box == chosen->box; };
    others_.erase(std::remove_if(others_.begin(), others_.end(), is_chosen), others_.end());
  }
  if (landmarks && networks_) relocate_eyes(*networks_, image, *landmarks);
  return landmarks;
}

std::optional<Landmarks> LandmarkLocator::track(const cv::Mat& frame) {
  std::optional<Landmarks> found;
  if (last_box_) found = locate_near(frame, *last_box_);
  if (!found) found = search(frame);
  remember(found);
  return found;
}

std::optional<Landmarks> LandmarkLocator::track_anew(const cv::Mat& frame) {
  std::optional<Landmarks> found = search(frame);
  if (!found && last_box_) found = locate_near(frame, *last_box_);
  remember(found);
  return found;
}

std::optional<Landmarks> LandmarkLocator::search(const cv::Mat& frame) {
  std::optional<Landmarks> found = locate_detection(frame, detector_.detect_in_frame(frame));
  if (!found && frames_lost_ % frames_between_slow_searches == 0) {
    found = locate_detection(frame, detector_.detect_small_in_frame(frame));
  }
  return found;
}

void LandmarkLocator::remember(const std::optional<Landmarks>& found) {
  frames_lost_ = found ? 0 : frames_lost_ + 1;
  last_box_.reset();
  if (found) last_box_ = face_box_from_landmarks(*found);
}

double LandmarkLocator::clarity_of_face(const cv::Mat& image) {
  const std::vector<Detection> detections = detector_.detect_in_frame(image);
  const std::optional<Detection> face = choose_face(detections, choice_, image.size());
  if (!face) return 0;
  const std::optional<Landmarks> landmarks = locate_detection(image, detections);
  return landmarks && landmarks->score >= clear_face_score ? face->confidence : 0;
}

std::optional<cv::RotateFlags> LandmarkLocator::find_turn(const cv::Mat& image) {
  const double upright = clarity_of_face(image);
  if (upright >= clear_face_confidence) return std::nullopt;
  // Where a tilted face can be made out as it is, turned pictures hold chance likenesses as strong as it.
  double clearest = upright > 0 ? clear_face_confidence : 0;
  std::optional<cv::RotateFlags> best;
  for (const cv::RotateFlags turn :
       {cv::ROTATE_90_CLOCKWISE, cv::ROTATE_90_COUNTERCLOCKWISE, cv::ROTATE_180}) {
    cv::Mat turned;
    cv::rotate(image, turned, turn);
    const double clarity = clarity_of_face(turned);
    if (clarity <= clearest) continue;
    clearest = clarity;
    best = turn;
  }
  return best;
}

std::optional<Landmarks> LandmarkLocator::locate_detection(const cv::Mat& image,
                                                           const std::vector<Detection>& detections) {
  const std::optional<Detection> face = choose_face(detections, choice_, image.size());
  if (!face) return std::nullopt;
  if (predictor_) return predictor_->locate(image, face->box);
  // The second look sees the same crop as tracking would, so the first frame is no outlier.
  const Landmarks first = locate_dense_landmarks(*networks_, image, face_box_from_detection(face->box));
  if (!is_face(first)) return std::nullopt;
  const Landmarks second = locate_dense_landmarks(*networks_, image, face_box_from_landmarks(first));
  if (!is_face(second)) return std::nullopt;
  return second;
}

std::optional<Landmarks> LandmarkLocator::locate_near(const cv::Mat& image, const FaceBox& box) {
  Landmarks landmarks;
  if (networks_) {
    landmarks = locate_dense_landmarks(*networks_, image, box);
    if (!is_face(landmarks)) return std::nullopt;
  } else {
    // dlib's predictor has no score of its own: the detector must confirm the face nearby.
    const double half = 1.1 * box.side;
    const cv::Rect around = cv::Rect(cvRound(box.centre.x() - half), cvRound(box.centre.y() - half),
                                     cvRound(2 * half), cvRound(2 * half)) &
                            cv::Rect(0, 0, image.cols, image.rows);
    if (around.width < 32 || around.height < 32) return std::nullopt;
    const std::vector<Detection> nearby = detector_.detect_in_frame(image(around));
    if (nearby.empty()) return std::nullopt;
    cv::Rect2d face = choose_face(nearby, {FaceChoice::Kind::center, 0}, around.size())->box;
    face.x += around.x;
    face.y += around.y;
    landmarks = predictor_->locate(image, face);
  }
  if (!is_continuation(box, face_box_from_landmarks(landmarks))) return std::nullopt;
  return landmarks;
}

}  // namespace reenact
