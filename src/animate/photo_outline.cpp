#include "animate/photo_outline.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <vector>

#include "reenact/core/landmark_indices.h"
#include "reenact/core/smoothstep.h"

namespace reenact {
namespace {

// In distances of the outer eye corners.
constexpr double reach = 0.10;          ///< of the search along the outline's normal
constexpr double skin_depth = 0.05;     ///< inside the person's outline, where skin is looked for
constexpr double normal_sigma = 0.03;   ///< of the mesh's mask, of which the normal is taken
constexpr double along_sigma = 0.06;    ///< of the smoothing along the outline
constexpr double greatest_odd = 0.035;  ///< farther from the smooth shift a place is taken for a mistake

constexpr double places_per_eye_distance = 40;
constexpr double edge_alpha = 127.5;
constexpr double skin_deviations = 3.5;
constexpr float least_light_deviation = 12.0F;  ///< of L in 8-bit Lab
constexpr float least_tint_deviation = 4.0F;    ///< of a and b
constexpr double light_weight = 0.5;
/// Share of the places around that have to show an edge, and further share over which they are believed.
constexpr double least_support = 0.3;
constexpr double support_fade = 0.4;

/// Bilinear, with the border repeated.
double level(const cv::Mat& picture, const cv::Point2d& at) {
  const double x = std::clamp(at.x, 0.0, picture.cols - 1.001);
  const double y = std::clamp(at.y, 0.0, picture.rows - 1.001);
  const int left = static_cast<int>(x);
  const int top = static_cast<int>(y);
  const double across = x - left;
  const auto row = [&](int r) {
    return (1 - across) * picture.at<std::uint8_t>(r, left) + across * picture.at<std::uint8_t>(r, left + 1);
  };
  return (1 - (y - top)) * row(top) + (y - top) * row(top + 1);
}

/// Tells the face's skin from other colours.
class FaceSkin {
 public:
  FaceSkin(const cv::Mat& picture, const Landmarks& landmarks) {
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

  bool at(const cv::Point2d& place) const {
    const cv::Point pixel(cvRound(place.x), cvRound(place.y));
    if (!inside(pixel) || deviation_[0] == 0) return false;
    double squared = 0;
    for (int c = 0; c < 3; ++c) {
      const double off = (lab_.at<cv::Vec3b>(pixel)[c] - mean_[c]) / deviation_[c];
      squared += (c == 0 ? light_weight : 1.0) * off * off;
    }
    return squared < skin_deviations * skin_deviations;
  }

 private:
  bool inside(const cv::Point& at) const { return cv::Rect({0, 0}, lab_.size()).contains(at); }

  cv::Mat lab_;
  cv::Vec3f mean_;
  cv::Vec3f deviation_;
};

/// A place on the mesh's outline.
struct Place {
  cv::Point2d at;
  cv::Point2d outward;          ///< unit normal
  std::optional<double> shift;  ///< along it to the person's outline, pixels
};

std::vector<Place> mesh_outline(const cv::Mat& mesh, double unit) {
  cv::Mat smooth;
  mesh.convertTo(smooth, CV_32F);
  cv::GaussianBlur(smooth, smooth, {}, normal_sigma * unit);
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(mesh, contours, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
  const auto step = static_cast<std::size_t>(std::max(1.0, unit / places_per_eye_distance));
  std::vector<Place> places;
  for (const auto& contour : contours) {
    for (std::size_t i = 0; i < contour.size(); i += step) {
      const cv::Point& p = contour[i];
      if (p.x < 1 || p.y < 1 || p.x >= mesh.cols - 1 || p.y >= mesh.rows - 1) continue;
      const cv::Point2d inward(smooth.at<float>(p.y, p.x + 1) - smooth.at<float>(p.y, p.x - 1),
                               smooth.at<float>(p.y + 1, p.x) - smooth.at<float>(p.y - 1, p.x));
      const double length = cv::norm(inward);
      if (length > 0) places.push_back({cv::Point2d(p), -inward / length, std::nullopt});
    }
  }
  return places;
}

/// Distance along the normal to the nearest place where the person ends at skin.
std::optional<double> shift_to_edge(const Place& place, const cv::Mat& alpha, const FaceSkin& skin,
                                    double unit) {
  const int steps = std::max(2, static_cast<int>(std::ceil(reach * unit)));
  const double step = reach * unit / steps;
  std::optional<double> nearest;
  for (int i = -steps; i < steps; ++i) {
    const double from = level(alpha, place.at + i * step * place.outward);
    const double to = level(alpha, place.at + (i + 1) * step * place.outward);
    if (from < edge_alpha || to >= edge_alpha) continue;
    const double shift = (i + (from - edge_alpha) / (from - to)) * step;
    if (!nearest || std::abs(shift) < std::abs(*nearest)) nearest = shift;
  }
  if (nearest && !skin.at(place.at + (*nearest - skin_depth * unit) * place.outward)) return std::nullopt;
  return nearest;
}

/// Mean shift of the places around one, and the share of them that have a shift.
struct Around {
  double shift = 0;
  double support = 0;
};

Around around(const std::vector<Place>& places, const Place& centre, double sigma) {
  double all = 0;
  double known = 0;
  double sum = 0;
  for (const Place& place : places) {
    const double distance = cv::norm(place.at - centre.at) / sigma;
    if (distance > 3) continue;
    const double weight = std::exp(-0.5 * distance * distance);
    all += weight;
    if (!place.shift) continue;
    known += weight;
    sum += weight * *place.shift;
  }
  return {known > 0 ? sum / known : 0.0, known / all};
}

}  // namespace

OutlineShifts shifts_to_matte(const OutlinedPhoto& photo) {
  const double unit = interocular_distance(photo.landmarks);
  const FaceSkin skin(photo.picture, photo.landmarks);
  std::vector<Place> places = mesh_outline(photo.mesh, unit);
  for (Place& place : places) place.shift = shift_to_edge(place, photo.alpha, skin, unit);
  const double sigma = along_sigma * unit;
  std::vector<Place> agreed = places;
  for (Place& place : agreed) {
    const double usual = around(places, place, sigma).shift;
    if (place.shift && std::abs(*place.shift - usual) > greatest_odd * unit) place.shift.reset();
  }
  const auto count = static_cast<Eigen::Index>(agreed.size());
  OutlineShifts outline{Eigen::Matrix2Xd(2, count), Eigen::Matrix2Xd(2, count)};
  for (Eigen::Index i = 0; i < count; ++i) {
    const Place& place = agreed[static_cast<std::size_t>(i)];
    const Around smooth = around(agreed, place, sigma);
    const cv::Point2d shift =
        smoothstep((smooth.support - least_support) / support_fade) * smooth.shift * place.outward;
    outline.places.col(i) << place.at.x, place.at.y;
    outline.shifts.col(i) << shift.x, shift.y;
  }
  return outline;
}

}  // namespace reenact
