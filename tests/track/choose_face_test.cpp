#include <gtest/gtest.h>

#include "reenact/track/landmark_locator.h"

namespace reenact {
namespace {

const std::vector<Detection> faces = {
    {{300, 50, 90, 90}, 1.0}, {{10, 10, 40, 40}, 2.0}, {{150, 100, 60, 60}, 0.5}};
const cv::Size image(400, 260);

TEST(ChooseFace, LargestByArea) {
  EXPECT_EQ(choose_face(faces, {FaceChoice::Kind::largest, 0}, image)->box.x, 300);
}

TEST(ChooseFace, NearestToTheMiddle) {
  EXPECT_EQ(choose_face(faces, {FaceChoice::Kind::center, 0}, image)->box.x, 150);
}

TEST(ChooseFace, IndexCountsFromTheLeft) {
  EXPECT_EQ(choose_face(faces, {FaceChoice::Kind::index, 0}, image)->box.x, 10);
  EXPECT_EQ(choose_face(faces, {FaceChoice::Kind::index, 2}, image)->box.x, 300);
}

TEST(ChooseFace, NothingWhenThereAreTooFew) {
  EXPECT_FALSE(choose_face(faces, {FaceChoice::Kind::index, 3}, image));
  EXPECT_FALSE(choose_face({}, {FaceChoice::Kind::largest, 0}, image));
}

}  // namespace
}  // namespace reenact
