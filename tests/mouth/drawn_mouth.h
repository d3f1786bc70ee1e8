#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "reenact/core/landmark_indices.h"
#include "reenact/core/landmarks.h"
#include "reenact/mouth/face_colours.h"
#include "reenact/mouth/lip_contour.h"

namespace reenact::test {

inline const cv::Scalar skin_bgr(130, 160, 215);
inline const cv::Scalar lips_bgr(110, 100, 190);
inline const cv::Scalar teeth_bgr(215, 225, 230);
inline const cv::Scalar dark_bgr(20, 20, 40);

/// A mouth of two ellipses about `centre`: lips around an inside of teeth over darkness.
struct DrawnMouth {
  Eigen::Vector2d centre{48, 32};
  double half_width = 32;
  double half_height = 12;  ///< of the inside
  double lip_height = 12;
  double turn_rad = 0;

  /// 2×20 landmarks on the inner edge of the lips, `outwards` pixels farther out above and below, or on the
  /// outer.
  Eigen::Matrix2Xd inner(double outwards = 0) const { return landmarks(half_width, half_height + outwards); }
  Eigen::Matrix2Xd outer() const { return landmarks(half_width + lip_height / 2, half_height + lip_height); }

  void draw_on(cv::Mat& picture) const {
    DrawnMouth teeth = *this;
    teeth.centre -= turned({0, 0.75 * half_height});
    const cv::Mat inside = coverage(picture.size(), inner());
    const cv::Mat upper = coverage(picture.size(), teeth.landmarks(0.8 * half_width, half_height));
    blend(picture, coverage(picture.size(), outer()), lips_bgr);
    blend(picture, inside, dark_bgr);
    blend(picture, cv::min(inside, upper), teeth_bgr);
  }

  Eigen::Matrix2Xd landmarks(double width, double height) const {
    Eigen::Matrix2Xd points(2, lip_landmarks);
    for (int i = 0; i < lip_landmarks; ++i) {
      const double angle = 2 * M_PI * i / lip_landmarks;
      points.col(i) = centre + turned({-width * std::cos(angle), height * std::sin(angle)});
    }
    return points;
  }

 private:
  Eigen::Vector2d turned(const Eigen::Vector2d& offset) const {
    return Eigen::Rotation2Dd(turn_rad) * offset;
  }
  /// Exact coverage of the pixels, [0,1].
  static cv::Mat coverage(const cv::Size& size, const Eigen::Matrix2Xd& landmarks) {
    constexpr int fine = 8;
    const Eigen::Matrix2Xd contour = dense_lip_contour(landmarks);
    std::vector<cv::Point> polygon;
    for (Eigen::Index i = 0; i < contour.cols(); ++i) {
      polygon.emplace_back(cvRound((contour(0, i) + 0.5) * fine - 0.5),
                           cvRound((contour(1, i) + 0.5) * fine - 0.5));
    }
    cv::Mat mask(size.height * fine, size.width * fine, CV_32F, cv::Scalar(0));
    cv::fillPoly(mask, std::vector<std::vector<cv::Point>>{polygon}, cv::Scalar(1));
    cv::resize(mask, mask, size, 0, 0, cv::INTER_AREA);
    return mask;
  }
  static void blend(cv::Mat& picture, const cv::Mat& weight, const cv::Scalar& bgr) {
    picture.forEach<cv::Vec3b>([&](cv::Vec3b& pixel, const int* at) {
      const auto share = static_cast<double>(weight.at<float>(at[0], at[1]));
      for (int c = 0; c < 3; ++c)
        pixel[c] = cv::saturate_cast<std::uint8_t>(pixel[c] + share * (bgr[c] - pixel[c]));
    });
  }
};

/// The 468 landmarks of a face of which only lips, eyes and patches of skin matter.
inline Landmarks face_around(const DrawnMouth& mouth, double landmarks_outwards = 0) {
  Landmarks landmarks;
  landmarks.points = mouth.centre.replicate(1, landmark_count(LandmarkScheme::mesh468));
  const double unit = mouth.half_width;
  for (std::size_t i = 0; i < mesh468::skin.size(); ++i) {
    const double side = i % 2 == 0 ? -1 : 1;
    landmarks.points.col(mesh468::skin[i]) += Eigen::Vector2d(side * 1.8 * unit, -unit);
  }
  for (int i = 0; i < 5; ++i) {
    landmarks.points.col(mesh468::skin[static_cast<std::size_t>(i)]) =
        mouth.centre + Eigen::Vector2d(-1.8 * unit, -0.2 * unit * i);
    landmarks.points.col(mesh468::skin[5 + static_cast<std::size_t>(i)]) =
        mouth.centre + Eigen::Vector2d(1.8 * unit, -0.2 * unit * i);
  }
  landmarks.points.col(33) = mouth.centre + Eigen::Vector2d(-1.5 * unit, -2.5 * unit);
  landmarks.points.col(263) = mouth.centre + Eigen::Vector2d(1.5 * unit, -2.5 * unit);
  const Eigen::Matrix2Xd inner = mouth.inner(landmarks_outwards);
  const Eigen::Matrix2Xd outer = mouth.outer();
  for (int i = 0; i < lip_landmarks; ++i) {
    landmarks.points.col(inner_lip_landmarks[static_cast<std::size_t>(i)]) = inner.col(i);
    landmarks.points.col(outer_lip_landmarks[static_cast<std::size_t>(i)]) = outer.col(i);
  }
  return landmarks;
}

/// A picture of skin with a mouth, as large as face_around() spreads.
inline cv::Mat picture_with(const DrawnMouth& mouth) {
  cv::Mat picture(320, 320, CV_8UC3, skin_bgr);
  mouth.draw_on(picture);
  return picture;
}

}  // namespace reenact::test
