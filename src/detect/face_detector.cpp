#include "reenact/detect/face_detector.h"

#include <dlib/image_processing/frontal_face_detector.h>
#include <dlib/opencv.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <opencv2/imgproc.hpp>
#include <sstream>
#include <string>

#include "detect/unpacked_face_detector.h"

namespace reenact {
namespace {

constexpr double max_enlargement = 2.0;
constexpr double same_face_overlap = 0.4;
constexpr double tilt_deg = 30.0;

cv::Mat to_grey(const cv::Mat& image_bgr) {
  cv::Mat grey;
  cv::cvtColor(image_bgr, grey, cv::COLOR_BGR2GRAY);
  return grey;
}

/// Scales at which the longer side has the given lengths: each once, none above max_enlargement.
std::vector<double> search_scales(cv::Size size, std::initializer_list<double> longer_sides) {
  std::vector<double> scales;
  for (const double side : longer_sides) {
    const double scale = std::min(max_enlargement, side / std::max(size.width, size.height));
    if (scales.empty() || scale > scales.back()) scales.push_back(scale);
  }
  return scales;
}

cv::Mat resized(const cv::Mat& grey, double scale) {
  const cv::Size size(std::max(1, cvRound(grey.cols * scale)), std::max(1, cvRound(grey.rows * scale)));
  cv::Mat result;
  cv::resize(grey, result, size, 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
  return result;
}

double overlap(const cv::Rect2d& a, const cv::Rect2d& b) {
  const double common = (a & b).area();
  return common / (a.area() + b.area() - common);
}

/// dlib's detector, which is read once in a program.
const dlib::frontal_face_detector& dlib_detector() {
  static const dlib::frontal_face_detector detector = [] {
    std::istringstream bytes(
        std::string(reinterpret_cast<const char*>(unpacked_face_detector), unpacked_face_detector_bytes));
    dlib::frontal_face_detector read;
    dlib::deserialize(read, bytes);
    return read;
  }();
  return detector;
}

/// Keeps the most confident of detections of one face; sorts by area, largest first.
std::vector<Detection> merge(std::vector<Detection> detections) {
  std::sort(detections.begin(), detections.end(),
            [](const auto& a, const auto& b) { return a.confidence > b.confidence; });
  std::vector<Detection> faces;
  for (const Detection& detection : detections) {
    const bool is_known = std::any_of(faces.begin(), faces.end(), [&](const Detection& face) {
      return overlap(face.box, detection.box) > same_face_overlap;
    });
    if (!is_known) faces.push_back(detection);
  }
  std::sort(faces.begin(), faces.end(),
            [](const auto& a, const auto& b) { return a.box.area() > b.box.area(); });
  return faces;
}

}  // namespace

struct FaceDetector::Impl {
  /// Faces of a grey picture searched at one scale, in its own pixels.
  std::vector<Detection> detect(const cv::Mat& grey, double scale) {
    cv::Mat searched = resized(grey, scale);
    std::vector<dlib::rect_detection> found;
    detector(dlib::cv_image<unsigned char>(searched), found);
    const double step_x = static_cast<double>(grey.cols) / searched.cols;
    const double step_y = static_cast<double>(grey.rows) / searched.rows;
    std::vector<Detection> detections;
    for (const dlib::rect_detection& face : found) {
      const cv::Rect2d box((face.rect.left() + 0.5) * step_x - 0.5, (face.rect.top() + 0.5) * step_y - 0.5,
                           static_cast<double>(face.rect.width()) * step_x,
                           static_cast<double>(face.rect.height()) * step_y);
      detections.push_back({box, face.detection_confidence});
    }
    return detections;
  }

  /// Faces at the first of several lengths of the longer side at which there are any.
  std::vector<Detection> detect_first(const cv::Mat& image_bgr, std::initializer_list<double> longer_sides) {
    const cv::Mat grey = to_grey(image_bgr);
    for (const double scale : search_scales(grey.size(), longer_sides)) {
      std::vector<Detection> faces = merge(detect(grey, scale));
      if (!faces.empty()) return faces;
    }
    return {};
  }

  std::vector<Detection> search_photo(const cv::Mat& image_bgr, bool largest_only) {
    const cv::Mat grey = to_grey(image_bgr);
    std::vector<Detection> detections;
    const std::vector<double> scales = search_scales(grey.size(), {640, 1280, 2560});
    for (const double scale : scales) {
      const std::vector<Detection> found = detect(grey, scale);
      detections.insert(detections.end(), found.begin(), found.end());
      const bool shows_clear_face = std::any_of(found.begin(), found.end(), [](const Detection& face) {
        return face.confidence >= clear_face_confidence;
      });
      if (largest_only && shows_clear_face) break;
    }
    const double slow_scale = search_scales(grey.size(), {5120}).front();
    if (detections.empty() && slow_scale > scales.back()) detections = detect(grey, slow_scale);
    if (detections.empty()) {
      const double scale = search_scales(grey.size(), {640}).front();
      for (const double angle_deg : {-tilt_deg, tilt_deg}) {
        const std::vector<Detection> found = detect_tilted(grey, scale, angle_deg);
        detections.insert(detections.end(), found.begin(), found.end());
      }
    }
    return merge(std::move(detections));
  }

  /// Faces of a grey picture turned by an angle, in pixels of the upright picture.
  std::vector<Detection> detect_tilted(const cv::Mat& grey, double scale, double angle_deg) {
    const cv::Point2f middle((static_cast<float>(grey.cols) - 1) / 2,
                             (static_cast<float>(grey.rows) - 1) / 2);
    const cv::Matx23d turn = cv::getRotationMatrix2D(middle, angle_deg, 1.0);
    cv::Mat turned;
    cv::warpAffine(grey, turned, turn, grey.size(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    cv::Matx23d back;
    cv::invertAffineTransform(turn, back);
    std::vector<Detection> detections = detect(turned, scale);
    for (Detection& detection : detections) {
      cv::Rect2d& box = detection.box;
      const cv::Vec3d centre(box.x + box.width / 2, box.y + box.height / 2, 1);
      const cv::Vec2d upright = back * centre;
      box.x = upright[0] - box.width / 2;
      box.y = upright[1] - box.height / 2;
    }
    return detections;
  }

  dlib::frontal_face_detector detector = dlib_detector();
};

FaceDetector::FaceDetector() : impl_(std::make_unique<Impl>()) {}
FaceDetector::~FaceDetector() = default;
FaceDetector::FaceDetector(FaceDetector&&) noexcept = default;
FaceDetector& FaceDetector::operator=(FaceDetector&&) noexcept = default;

std::vector<Detection> FaceDetector::detect_in_frame(const cv::Mat& image_bgr) {
  return impl_->detect_first(image_bgr, {320, 640, 1280});
}

std::vector<Detection> FaceDetector::detect_small_in_frame(const cv::Mat& image_bgr) {
  return impl_->detect_first(image_bgr, {2560, 5120});
}

std::vector<Detection> FaceDetector::detect_in_photo(const cv::Mat& image_bgr) {
  return impl_->search_photo(image_bgr, /*largest_only=*/false);
}

std::vector<Detection> FaceDetector::detect_largest_in_photo(const cv::Mat& image_bgr) {
  return impl_->search_photo(image_bgr, /*largest_only=*/true);
}

}  // namespace reenact
