#include "reenact/core/landmarks.h"

#include <gtest/gtest.h>

namespace reenact {
namespace {

TEST(Landmarks, CountsOfTheSchemes) {
  EXPECT_EQ(landmark_count(LandmarkScheme::dlib68), 68);
  EXPECT_EQ(landmark_count(LandmarkScheme::mesh468), 468);
}

TEST(InterocularDistance, UsesTheOuterEyeCornersOfEachScheme) {
  Landmarks sparse;
  sparse.scheme = LandmarkScheme::dlib68;
  sparse.points.setZero(2, 68);
  sparse.points.col(45) = Eigen::Vector2d(30, 40);
  EXPECT_DOUBLE_EQ(interocular_distance(sparse), 50.0);

  Landmarks dense;
  dense.points.setZero(2, 468);
  dense.points.col(33) = Eigen::Vector2d(10, 0);
  dense.points.col(263) = Eigen::Vector2d(70, 80);
  EXPECT_DOUBLE_EQ(interocular_distance(dense), 100.0);
}

}  // namespace
}  // namespace reenact
