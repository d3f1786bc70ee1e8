#include "layers/strands.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "layers/drawn_person.h"

namespace reenact {
namespace {

using test::drawn_head;
using test::DrawnPerson;
using test::sees;

constexpr double radius = 40;
const cv::Point2d centre(150, 140);
const cv::Rect lock(104, 75, 9, 45);  // from the head out of what the network sees
const cv::Point in_lock(108, 84);

/// A dark-haired person before a bright wall, lit from one side.
DrawnPerson before_wall() {
  DrawnPerson drawn({300, 280}, centre, radius);
  drawn.colour = {30, 30, 40};
  for (int y = 0; y < drawn.background.rows; ++y) {
    for (int x = 0; x < drawn.background.cols; ++x) {
      drawn.background.at<cv::Vec3b>(y, x) = cv::Vec3b::all(static_cast<uchar>(170 + x / 6 + y / 9));
    }
  }
  drawn.draw();
  return drawn;
}

PhotoLayers split(const DrawnPerson& drawn) {
  SplitPhoto result =
      split_photo(drawn.photo, drawn_head(centre, radius), sees(drawn.photo, drawn.alpha), SplitRegion::head);
  EXPECT_EQ(result.refusal, "");
  return result.layers.value();
}

int alpha_at(const PhotoLayers& layers, const cv::Point& place) {
  return layers.alpha.at<std::uint8_t>(place - layers.region.tl());
}

TEST(Strands, BelongToThePersonBeforeAPlainWall) {
  DrawnPerson drawn = before_wall();
  cv::rectangle(drawn.photo, lock, drawn.colour, cv::FILLED);
  const PhotoLayers layers = split(drawn);
  EXPECT_GT(alpha_at(layers, in_lock), 200);
  const auto& plate = layers.plate.at<cv::Vec3b>(in_lock - layers.region.tl());
  EXPECT_NEAR(plate[1], drawn.background.at<cv::Vec3b>(in_lock)[1], 12);
  EXPECT_EQ(alpha_at(layers, {190, 80}), 0);
}

TEST(Strands, StayBehindWhereTheyDoNotJoinThePerson) {
  DrawnPerson drawn = before_wall();
  cv::rectangle(drawn.photo, cv::Rect(100, 60, 14, 14), drawn.colour, cv::FILLED);
  EXPECT_EQ(alpha_at(split(drawn), {106, 66}), 0);
}

TEST(Strands, AreNotALargeThingBesideThePerson) {
  DrawnPerson drawn = before_wall();
  cv::rectangle(drawn.photo, cv::Rect(60, 40, 54, 80), drawn.colour, cv::FILLED);
  EXPECT_EQ(alpha_at(split(drawn), {80, 60}), 0);
}

TEST(Strands, AreNotAShadowOnTheWall) {
  DrawnPerson drawn = before_wall();
  cv::Mat shaded = drawn.photo(lock);
  shaded.convertTo(shaded, -1, 0.8);
  EXPECT_LT(alpha_at(split(drawn), in_lock), 40);
}

TEST(Strands, AreNotToldFromABusyBackground) {
  DrawnPerson drawn = before_wall();
  for (int y = 0; y < 270; y += 12) drawn.background.rowRange(y, y + 5).setTo(cv::Scalar(60, 120, 90));
  drawn.draw();
  cv::rectangle(drawn.photo, lock, drawn.colour, cv::FILLED);
  EXPECT_LT(alpha_at(split(drawn), in_lock), 40);
}

}  // namespace
}  // namespace reenact
