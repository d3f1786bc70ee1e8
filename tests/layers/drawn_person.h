#pragma once

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "reenact/layers/split_photo.h"

namespace reenact::test {

/// A photo made of known layers: a disc with a soft edge before a background, 10 pixels a cm.
struct DrawnPerson {
  static constexpr double pixels_per_cm = 10;
  cv::Mat alpha;       ///< CV_32FC1
  cv::Mat background;  ///< CV_8UC3
  cv::Mat photo;       ///< CV_8UC3
  cv::Scalar colour{60, 90, 160};

  DrawnPerson(cv::Size size, cv::Point2d centre, double radius)
      : alpha(size, CV_32FC1), background(size, CV_8UC3) {
    for (int y = 0; y < size.height; ++y) {
      for (int x = 0; x < size.width; ++x) {
        background.at<cv::Vec3b>(y, x) = {static_cast<uchar>(120 + 100 * x / size.width),
                                          static_cast<uchar>(200 - 100 * y / size.height), 90};
        const double inside = radius - std::hypot(x - centre.x, y - centre.y);
        alpha.at<float>(y, x) = static_cast<float>(std::clamp(0.5 + inside / 4, 0.0, 1.0));
      }
    }
    draw();
  }

  void draw() {
    photo.create(alpha.size(), CV_8UC3);
    for (int y = 0; y < photo.rows; ++y) {
      for (int x = 0; x < photo.cols; ++x) {
        const float a = alpha.at<float>(y, x);
        for (int c = 0; c < 3; ++c) {
          photo.at<cv::Vec3b>(y, x)[c] = cv::saturate_cast<uchar>(
              a * colour[c] + (1 - a) * static_cast<double>(background.at<cv::Vec3b>(y, x)[c]));
        }
      }
    }
  }
};

/// A head that fills a disc of `radius` pixels; its crop is as head_crop() makes one.
inline PhotoHead drawn_head(cv::Point2d centre, double radius) {
  PhotoHead head;
  const double half = 1.9 * radius;
  head.crop = {centre.x - half, centre.y - half, 2 * half};
  head.pixels_per_cm = DrawnPerson::pixels_per_cm;
  head.mesh = cv::Mat::zeros(64, 64, CV_8UC1);
  cv::circle(head.mesh, {32, 32}, 15, cv::Scalar(255), cv::FILLED);
  return head;
}

/// A network of 64×64 pixels that sees `alpha` of the whole picture and of each part of it.
inline Segmentation sees(const cv::Mat& photo, const cv::Mat& alpha) {
  return [=](const cv::Mat& picture) {
    cv::Size whole;
    cv::Point place;
    picture.locateROI(whole, place);
    const cv::Rect part =
        whole == photo.size() ? cv::Rect(place, picture.size()) : cv::Rect({0, 0}, picture.size());
    cv::Mat seen;
    cv::resize(alpha(part), seen, {64, 64}, 0, 0, cv::INTER_AREA);
    return seen;
  };
}

}  // namespace reenact::test
