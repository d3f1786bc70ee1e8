#include "reenact/track/shot_detector.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

namespace reenact {
namespace {

/// A picture of blotches, another for every seed.
cv::Mat blotches(int seed, cv::Size size = {320, 240}) {
  cv::RNG random(0x9E3779B97F4A7C15ULL * static_cast<std::uint64_t>(seed));
  cv::Mat coarse(12, 16, CV_8UC3);
  random.fill(coarse, cv::RNG::UNIFORM, 0, 255);
  cv::Mat picture;
  cv::resize(coarse, picture, size, 0, 0, cv::INTER_CUBIC);
  return picture;
}

FaceBox face_at(double x, double y, double side) { return {{x, y}, side, 0}; }

TEST(ShotDetector, TheFirstPictureStartsNoShot) {
  ShotDetector detector;
  EXPECT_FALSE(detector.may_be_cut(blotches(1)));
  EXPECT_FALSE(detector.is_cut(blotches(1), face_at(100, 100, 60)));
}

TEST(ShotDetector, AnotherPictureDoes) {
  ShotDetector detector;
  detector.is_cut(blotches(1), face_at(100, 100, 60));
  EXPECT_TRUE(detector.may_be_cut(blotches(2)));
  EXPECT_TRUE(detector.is_cut(blotches(2), face_at(100, 100, 60)));
  EXPECT_FALSE(detector.is_cut(blotches(2), face_at(101, 100, 60)));
}

TEST(ShotDetector, AFaceThatMovesThroughAPictureThatStaysDoesNot) {
  ShotDetector detector;
  detector.is_cut(blotches(1), face_at(100, 100, 60));
  EXPECT_FALSE(detector.is_cut(blotches(1), face_at(220, 100, 60)));
  EXPECT_FALSE(detector.is_cut(blotches(1), face_at(220, 100, 90)));
}

TEST(ShotDetector, ACameraThatPansOrZoomsSlowlyDoesNot) {
  ShotDetector detector;
  const cv::Mat wide = blotches(3, {640, 480});
  for (int i = 0; i < 60; ++i) {
    const cv::Rect seen(2 * i, i, 320 + i, 240 + i * 3 / 4);
    EXPECT_FALSE(detector.is_cut(wide(seen), face_at(160 - 2 * i, 120 - i, 60))) << i;
  }
}

TEST(ShotDetector, ANearerFramingOfTheSameSceneDoes) {
  ShotDetector detector;
  const cv::Mat wide = blotches(4);
  cv::Mat near;
  cv::resize(wide(cv::Rect(40, 30, 240, 180)), near, wide.size(), 0, 0, cv::INTER_CUBIC);
  detector.is_cut(wide, face_at(160, 110, 60));
  EXPECT_TRUE(detector.is_cut(near, face_at(160, 107, 80)));
}

}  // namespace
}  // namespace reenact
