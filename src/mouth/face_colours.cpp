#include "reenact/mouth/face_colours.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "reenact/mouth/lip_contour.h"

namespace reenact {
namespace {

constexpr int cheek_points = 5;          ///< of mesh468::skin on each side
constexpr std::size_t least_teeth = 24;  ///< samples
/// L over that of the lightest, from which on teeth are lit: what is darker may be tongue or lips beside dark
/// skin.
constexpr double lit_teeth = 0.85;
/// How much less red over L than lips, and how light over them, teeth are in whatever light.
constexpr double paler_than_lips = 0.2;
constexpr double lightness_of_shaded_teeth = 0.8;

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

Eigen::Vector3d median_of(const std::vector<Eigen::Vector3d>& colours) {
  Eigen::Vector3d result;
  for (Eigen::Index c = 0; c < 3; ++c) {
    std::vector<double> values;
    values.reserve(colours.size());
    for (const Eigen::Vector3d& colour : colours) values.push_back(colour[c]);
    result[c] = median_of(std::move(values));
  }
  return result;
}

bool is_lighter(const Eigen::Vector3d& a, const Eigen::Vector3d& b) { return a[0] > b[0]; }

/// Mean colour of the square about a point, Lab; nothing outside the picture.
std::optional<Eigen::Vector3d> mean_lab(const cv::Mat& picture, const Eigen::Vector2d& place, double radius) {
  if (!(place.cwiseAbs().maxCoeff() < 1e6)) return std::nullopt;
  const int r = std::max(0, cvRound(radius));
  const cv::Rect square(cvRound(place.x()) - r, cvRound(place.y()) - r, 2 * r + 1, 2 * r + 1);
  const cv::Rect inside = square & cv::Rect(0, 0, picture.cols, picture.rows);
  if (2 * inside.area() < square.area()) return std::nullopt;
  const cv::Scalar mean = cv::mean(picture(inside));
  return lab_of_bgr({mean[0], mean[1], mean[2]});
}

std::vector<Eigen::Vector3d> lab_samples(const cv::Mat& picture, const std::vector<Eigen::Vector2d>& places) {
  std::vector<Eigen::Vector3d> colours;
  for (const Eigen::Vector2d& place : places) {
    if (const auto colour = mean_lab(picture, place, 0)) colours.push_back(*colour);
  }
  return colours;
}

/// Colours between the lips, whose edge is 2×80.
std::vector<Eigen::Vector3d> samples_between(const cv::Mat& picture, const Eigen::Matrix2Xd& lip_edge) {
  std::vector<Eigen::Vector2d> between;
  for (int i = 1; i < lip_edge_points / 2; ++i) {
    for (const double share : {0.12, 0.25, 0.38, 0.5, 0.62, 0.75, 0.88}) {
      between.emplace_back(lip_edge.col(i) + share * (lip_edge.col(lip_edge_points - i) - lip_edge.col(i)));
    }
  }
  return lab_samples(picture, between);
}

std::optional<Eigen::Vector3d> median_of_lit(std::vector<Eigen::Vector3d> teeth) {
  if (teeth.size() < least_teeth) return std::nullopt;
  std::sort(teeth.begin(), teeth.end(), is_lighter);
  const double lit = lit_teeth * teeth[teeth.size() / 20][0];
  teeth.erase(std::find_if(teeth.begin(), teeth.end(), [lit](const auto& lab) { return lab[0] < lit; }),
              teeth.end());
  return median_of(teeth);
}

double chroma_share(const Eigen::Vector3d& lab) { return lab.tail<2>().norm() / std::max(lab[0], 1.0); }

/// log of the L of the skin beside the mouth, left over right; 0 where one side is not seen.
double side_light_of(const std::vector<std::optional<Eigen::Vector3d>>& skin) {
  std::vector<double> right;
  std::vector<double> left;
  constexpr auto points = static_cast<std::size_t>(cheek_points);
  for (std::size_t i = 0; i < points; ++i) {
    if (const auto& colour = skin[i]) right.push_back((*colour)[0]);
    if (const auto& colour = skin[points + i]) left.push_back((*colour)[0]);
  }
  if (right.empty() || left.empty()) return 0;
  return std::log(std::max(median_of(left), 1.0) / std::max(median_of(right), 1.0));
}

}  // namespace

Eigen::Vector3d lab_of_bgr(const Eigen::Vector3d& bgr) {
  const Eigen::Vector3f unit = (bgr / 255.0).cast<float>();
  cv::Mat pixel(1, 1, CV_32FC3, cv::Scalar(unit[0], unit[1], unit[2]));
  cv::cvtColor(pixel, pixel, cv::COLOR_BGR2Lab);
  const auto& lab = pixel.at<cv::Vec3f>(0);
  return {lab[0], lab[1], lab[2]};
}

std::optional<MouthColours> face_colours(const cv::Mat& picture, const ColourPlaces& places) {
  std::vector<std::optional<Eigen::Vector3d>> skin;
  std::vector<Eigen::Vector3d> seen;
  for (Eigen::Index i = 0; i < places.skin.cols(); ++i) {
    skin.push_back(mean_lab(picture, places.skin.col(i), places.radius));
    if (skin.back()) seen.push_back(*skin.back());
  }
  std::vector<Eigen::Vector2d> on_lips;
  for (Eigen::Index i = 0; i < places.inner.cols(); ++i) {
    for (const double share : {0.35, 0.5, 0.65}) {
      on_lips.emplace_back(places.inner.col(i) + share * (places.outer.col(i) - places.inner.col(i)));
    }
  }
  const std::vector<Eigen::Vector3d> lips = lab_samples(picture, on_lips);
  if (seen.empty() || lips.empty()) return std::nullopt;
  MouthColours colours;
  colours.skin = median_of(seen);
  colours.lips = median_of(lips);
  colours.side_light = side_light_of(skin);
  return colours;
}

std::optional<Eigen::Vector3d> teeth_colour(const cv::Mat& picture, const Eigen::Matrix2Xd& lip_edge,
                                            const Eigen::Vector3d& skin) {
  std::vector<Eigen::Vector3d> teeth;
  for (const Eigen::Vector3d& lab : samples_between(picture, lip_edge)) {
    if (lab[0] > 0.8 * skin[0] && chroma_share(lab) < 0.8 * chroma_share(skin)) teeth.push_back(lab);
  }
  return median_of_lit(std::move(teeth));
}

bool is_pale_between_lips(const cv::Mat& picture, const Eigen::Matrix2Xd& lip_edge,
                          const Eigen::Vector3d& lips) {
  const auto red_over_lightness = [](const Eigen::Vector3d& lab) { return lab[1] / std::max(lab[0], 1.0); };
  std::vector<Eigen::Vector3d> pale;
  for (const Eigen::Vector3d& lab : samples_between(picture, lip_edge)) {
    if (red_over_lightness(lab) < red_over_lightness(lips) - paler_than_lips &&
        lab[0] > lightness_of_shaded_teeth * lips[0]) {
      pale.push_back(lab);
    }
  }
  return median_of_lit(std::move(pale)).has_value();
}

MouthColours median_colours(const std::vector<MouthColours>& frames) {
  std::vector<Eigen::Vector3d> skin;
  std::vector<Eigen::Vector3d> lips;
  std::vector<Eigen::Vector3d> teeth;
  std::vector<double> side_light;
  MouthColours result;
  for (const MouthColours& frame : frames) {
    skin.push_back(frame.skin);
    lips.push_back(frame.lips);
    if (frame.teeth) teeth.push_back(*frame.teeth);
    side_light.push_back(frame.side_light);
    result.widest_opening = std::max(result.widest_opening, frame.widest_opening);
  }
  result.skin = median_of(skin);
  result.lips = median_of(lips);
  if (!teeth.empty()) {
    std::sort(teeth.begin(), teeth.end(), is_lighter);
    teeth.resize((teeth.size() + 1) / 2);
    result.teeth = median_of(teeth);
  }
  result.side_light = median_of(std::move(side_light));
  return result;
}

}  // namespace reenact
