#include "animate/face_skin.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "reenact/core/landmark_indices.h"

namespace reenact {
namespace {

constexpr double skin_deviations = 3.5;
constexpr float least_light_deviation = 12.0F;  ///< of L in 8-bit Lab
constexpr float least_tint_deviation = 4.0F;    ///< of a and b
constexpr double light_weight = 0.5;

}  // namespace

FaceSkin::FaceSkin(const cv::Mat& picture, const Landmarks& landmarks) {
  cv::cvtColor(picture, lab_, cv::COLOR_BGR2Lab);
  std::vector<cv::Vec3f> samples;
  for (const int point : mesh468::skin) {
    const cv::Point at(cvRound(landmarks.points(0, point)), cvRound(landmarks.points(1, point)));
    if (inside(at)) samples.emplace_back(lab_.at<cv::Vec3b>(at));
  }
  if (samples.empty()) return;
  cv::Scalar mean;
  cv::Scalar deviation;
  cv::meanStdDev(cv::Mat(samples), mean, deviation);
  for (int c = 0; c < 3; ++c) {
    mean_[c] = static_cast<float>(mean[c]);
    deviation_[c] =
        std::max(static_cast<float>(deviation[c]), c == 0 ? least_light_deviation : least_tint_deviation);
  }
}

bool FaceSkin::at(const cv::Point2d& place) const {
  const cv::Point pixel(cvRound(place.x), cvRound(place.y));
  if (!inside(pixel) || deviation_[0] == 0) return false;
  double squared = 0;
  for (int c = 0; c < 3; ++c) {
    const double off = (lab_.at<cv::Vec3b>(pixel)[c] - mean_[c]) / deviation_[c];
    squared += (c == 0 ? light_weight : 1.0) * off * off;
  }
  return squared < skin_deviations * skin_deviations;
}

}  // namespace reenact
