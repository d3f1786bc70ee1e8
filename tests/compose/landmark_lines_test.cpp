#include "reenact/compose/landmark_lines.h"

#include <gtest/gtest.h>

namespace reenact {
namespace {

/// All points far outside but for `count` from `first` on a horizontal line in the middle.
LandmarkPoints line_of(int first, int count) {
  LandmarkPoints points = LandmarkPoints::Constant(50);
  for (int i = 0; i < count; ++i) points.col(first + i) = Eigen::Vector2f(-0.5F + 0.9F * i / count, 0);
  return points;
}

cv::Vec3b colour_in_the_middle(int first, int count) {
  return draw_landmark_lines(line_of(first, count), 64).at<cv::Vec3b>(32, 24);
}

TEST(LandmarkLines, HaveTheColoursOfTheirParts) {
  EXPECT_EQ(colour_in_the_middle(0, 17), cv::Vec3b(255, 255, 255));
  EXPECT_EQ(colour_in_the_middle(17, 5), cv::Vec3b(255, 0, 0));
  EXPECT_EQ(colour_in_the_middle(22, 5), cv::Vec3b(0, 255, 0));
  EXPECT_EQ(colour_in_the_middle(27, 3), cv::Vec3b(0, 0, 255));
  EXPECT_EQ(colour_in_the_middle(31, 5), cv::Vec3b(0, 0, 255));
  EXPECT_EQ(colour_in_the_middle(36, 6), cv::Vec3b(255, 0, 255));
  EXPECT_EQ(colour_in_the_middle(42, 6), cv::Vec3b(0, 255, 255));
  EXPECT_EQ(colour_in_the_middle(48, 12), cv::Vec3b(255, 255, 0));
  EXPECT_EQ(colour_in_the_middle(60, 8), cv::Vec3b(255, 255, 0));
}

TEST(LandmarkLines, JoinTheTipOfTheNoseWithItsBase) {
  LandmarkPoints points = LandmarkPoints::Constant(50);
  points.col(30) = Eigen::Vector2f(0, -0.5F);
  points.col(33) = Eigen::Vector2f(0, 0.5F);
  EXPECT_EQ(draw_landmark_lines(points, 64).at<cv::Vec3b>(32, 32), cv::Vec3b(0, 0, 255));
}

TEST(LandmarkLines, CloseEyesAndLipsAlone) {
  const auto shows_last_edge = [](int first, int count) {
    LandmarkPoints points = LandmarkPoints::Constant(-0.5F);
    points.col(first + count - 1) = Eigen::Vector2f(0.5F, 0.5F);
    points.col(first + count - 2) = Eigen::Vector2f(0.5F, -0.5F);
    return draw_landmark_lines(points, 64).at<cv::Vec3b>(32, 32) != cv::Vec3b(0, 0, 0);
  };
  EXPECT_TRUE(shows_last_edge(36, 6) && shows_last_edge(42, 6) && shows_last_edge(48, 12) &&
              shows_last_edge(60, 8));
  EXPECT_FALSE(shows_last_edge(0, 17) || shows_last_edge(17, 5) || shows_last_edge(31, 5));
}

}  // namespace
}  // namespace reenact
