#include "windows/photo_likeness.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

namespace reenact::test {
namespace {

constexpr int side = 96;
constexpr double tint_radius = 4;

/// A ramp of the colour with noise of the deviation.
cv::Mat skin(const cv::Scalar& colour, double deviation, int seed) {
  cv::Mat noise(side, side, CV_32FC1);
  cv::RNG rng(static_cast<std::uint64_t>(seed));
  rng.fill(noise, cv::RNG::NORMAL, 0, deviation);
  cv::Mat picture(side, side, CV_32FC3);
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      for (int channel = 0; channel < 3; ++channel) {
        picture.at<cv::Vec3f>(y, x)[channel] =
            static_cast<float>(colour[channel] * (0.9 + 0.2 * y / side)) + noise.at<float>(y, x);
      }
    }
  }
  return picture;
}

double grain_of(const cv::Mat& picture) {
  cv::Mat coarse, mean, deviation;
  cv::GaussianBlur(picture, coarse, {}, 1.0);
  cv::meanStdDev(picture - coarse, mean, deviation);
  return deviation.at<double>(1);
}

cv::Scalar middle_of(const cv::Mat& picture) { return cv::mean(picture(cv::Rect(32, 32, 32, 32))); }

double lightness_of(const cv::Scalar& colour) {
  return 0.114 * colour[0] + 0.587 * colour[1] + 0.299 * colour[2];
}

TEST(PhotoLikeness, SmoothPaintTakesOnTheGrainOfThePhoto) {
  const cv::Mat below = skin({100, 130, 170}, 6, 1);
  cv::Mat painted = skin({100, 130, 170}, 0, 2);
  liken_to_photo(painted, below, tint_radius);
  EXPECT_NEAR(grain_of(painted), grain_of(below), 0.15 * grain_of(below));
}

TEST(PhotoLikeness, GrainThatThePhotoHasNotGoes) {
  const cv::Mat below = skin({100, 130, 170}, 1, 3);
  cv::Mat painted = skin({100, 130, 170}, 2, 4);
  const double before = grain_of(painted);
  liken_to_photo(painted, below, tint_radius);
  EXPECT_LT(grain_of(painted), 0.85 * before);
}

TEST(PhotoLikeness, LinesStay) {
  const cv::Mat below = skin({100, 130, 170}, 2, 5);
  cv::Mat painted = skin({100, 130, 170}, 0, 6);
  cv::line(painted, {0, side / 2}, {side, side / 2}, cv::Scalar(20, 25, 30), 2);
  const cv::Mat before = painted.clone();
  liken_to_photo(painted, below, tint_radius);
  EXPECT_NEAR(painted.at<cv::Vec3f>(side / 2, side / 2)[1], before.at<cv::Vec3f>(side / 2, side / 2)[1], 15);
}

TEST(PhotoLikeness, SkinTakesOnTheTintOfThePhotoAndKeepsItsLightness) {
  const cv::Mat below = skin({110, 140, 150}, 0, 7);
  cv::Mat painted = skin({120, 128, 175}, 0, 8);
  const double lightness = lightness_of(middle_of(painted));
  liken_to_photo(painted, below, tint_radius);
  const cv::Scalar colour = middle_of(painted), wanted = middle_of(below);
  EXPECT_NEAR(lightness_of(colour), lightness, 1);
  EXPECT_NEAR(colour[2] - colour[0], wanted[2] - wanted[0], 2);
}

TEST(PhotoLikeness, MakeUpHasNoShareInTheTintOfSkin) {
  const cv::Mat below = skin({100, 130, 170}, 0, 9);
  cv::Mat painted = skin({45, 42, 40}, 0, 10);
  const cv::Scalar before = middle_of(painted);
  liken_to_photo(painted, below, tint_radius);
  for (int channel = 0; channel < 3; ++channel) EXPECT_NEAR(middle_of(painted)[channel], before[channel], 1);
}

}  // namespace
}  // namespace reenact::test
