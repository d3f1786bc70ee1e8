#include "reenact/mouth/own_teeth.h"

#include <gtest/gtest.h>

#include "mouth/drawn_mouth.h"
#include "mouth/teeth_painter.h"

namespace reenact {
namespace {

using test::DrawnMouth;

const cv::Vec3f tooth(85, 2, 8);
const cv::Vec3f dark(15, 8, 5);
const cv::Vec3f tongue(50, 30, 15);
const cv::Vec3f line(60, 2, 8);

FaceTint face() {
  const auto lab = [](const cv::Scalar& bgr) { return lab_of_bgr({bgr[0], bgr[1], bgr[2]}); };
  return {lab(test::skin_bgr), lab(test::lips_bgr)};
}

std::vector<cv::Vec3f> column(const std::vector<std::pair<cv::Vec3f, int>>& parts) {
  std::vector<cv::Vec3f> pixels;
  for (const auto& [colour, count] : parts)
    pixels.insert(pixels.end(), static_cast<std::size_t>(count), colour);
  return pixels;
}

TEST(ToothRun, HangsFromTheUpperLip) {
  const auto run = tooth_run(column({{dark, 2}, {tooth, 8}, {dark, 4}, {tongue, 6}}), face());
  ASSERT_TRUE(run);
  EXPECT_EQ(run->first, 2);
  EXPECT_EQ(run->last, 9);
}

TEST(ToothRun, EndsAtTheLineBetweenClenchedRows) {
  const auto run = tooth_run(column({{tooth, 8}, {line, 1}, {tooth, 7}}), face());
  ASSERT_TRUE(run);
  EXPECT_EQ(run->last, 8);
}

TEST(ToothRun, IsNotOfLowerTeethOrATongue) {
  EXPECT_FALSE(tooth_run(column({{dark, 12}, {tooth, 8}}), face()));
  EXPECT_FALSE(tooth_run(column({{dark, 4}, {tongue, 16}}), face()));
  EXPECT_FALSE(tooth_run({}, face()));
}

class OwnTeethOf : public ::testing::TestWithParam<double> {
 protected:
  const DrawnMouth mouth{{160, 160}, 40, 12, 12, GetParam()};
  const cv::Mat photo = test::picture_with(mouth);
  const std::optional<OwnTeeth> teeth = OwnTeeth::find(photo, dense_lip_contour(mouth.inner()), face());

  cv::Point at(double across, double down) const {
    const Eigen::Vector2d place =
        mouth.centre + Eigen::Rotation2Dd(mouth.turn_rad) * Eigen::Vector2d(across, down);
    return {cvRound(place.x()), cvRound(place.y())};
  }
};

/// The drawn row reaches 3 pixels below the middle line.
TEST_P(OwnTeethOf, ASmileAreItsUpperRow) {
  ASSERT_TRUE(teeth);
  EXPECT_NEAR(teeth->height(), 13, 3);
  const OwnTeeth::Laid laid = teeth->lay({0, 0, 320, 320}, Eigen::Affine2d::Identity());
  for (const double across : {-15.0, 0.0, 15.0}) {
    EXPECT_GT(laid.cover(at(across, -2)), 0.95F) << across;
    EXPECT_LT(laid.cover(at(across, 7)), 0.05F) << across;
    for (int c = 0; c < 3; ++c) EXPECT_NEAR(laid.colours(at(across, -2))[c], test::teeth_bgr[c], 12);
  }
  EXPECT_EQ(laid.cover(at(50, 0)), 0);
}

TEST_P(OwnTeethOf, ASmileGoOnAboveItsLip) {
  ASSERT_TRUE(teeth);
  const OwnTeeth::Laid laid = teeth->lay({0, 0, 320, 320}, Eigen::Affine2d::Identity());
  EXPECT_GT(laid.cover(at(0, -20)), 0.95F);
  for (int c = 0; c < 3; ++c) EXPECT_NEAR(laid.colours(at(0, -20))[c], test::teeth_bgr[c], 12);
}

TEST_P(OwnTeethOf, ASmileMoveWithTheHead) {
  ASSERT_TRUE(teeth);
  const Eigen::Affine2d moved(Eigen::Translation2d(-30, 20));
  const OwnTeeth::Laid rest = teeth->lay({0, 0, 320, 320}, Eigen::Affine2d::Identity());
  const OwnTeeth::Laid laid = teeth->lay({30, -20, 320, 320}, moved);
  EXPECT_LT(cv::norm(laid.cover, rest.cover, cv::NORM_INF), 1e-3);
}
TEST_P(OwnTeethOf, ASmileEndInTheMiddleOfTheirLowerEdge) {
  const auto end = OwnTeeth::end_in(photo, dense_lip_contour(mouth.inner()), face());
  ASSERT_TRUE(end);
  ASSERT_TRUE(teeth);
  EXPECT_LT((end->place - mouth.centre - Eigen::Rotation2Dd(mouth.turn_rad) * Eigen::Vector2d(0, 3)).norm(),
            2);
  EXPECT_EQ(end->place, teeth->end());
  EXPECT_TRUE(end->is_sure());
}
INSTANTIATE_TEST_SUITE_P(Turned, OwnTeethOf, ::testing::Values(0.0, 0.4, -0.4));

TEST(OwnTeeth, AreNotSeenBetweenLipsWithoutThem) {
  const DrawnMouth mouth{{160, 160}, 40, 12, 12, 0};
  cv::Mat photo = test::picture_with(mouth);
  cv::Mat inside(photo.size(), CV_8U, cv::Scalar(0));
  cv::ellipse(inside, {160, 160}, {40, 12}, 0, 0, 360, cv::Scalar(255), cv::FILLED);
  photo.setTo(test::dark_bgr, inside);
  EXPECT_FALSE(OwnTeeth::find(photo, dense_lip_contour(mouth.inner()), face()));
  cv::Mat few = inside.clone();
  few.colRange(0, 150) = cv::Scalar(0);
  few.colRange(170, few.cols) = cv::Scalar(0);
  photo.setTo(test::teeth_bgr, few);
  EXPECT_FALSE(OwnTeeth::find(photo, dense_lip_contour(mouth.inner()), face())) << "a few in the middle";
}

TEST(OwnTeeth, OfMouthsWithoutExtentAreNone) {
  const cv::Mat photo(60, 60, CV_8UC3, test::skin_bgr);
  for (const double size : {0.0, 1e-9, 1e7}) {
    const DrawnMouth mouth{{30, 30}, size, size, size, 0};
    EXPECT_FALSE(OwnTeeth::find(photo, dense_lip_contour(mouth.inner()), face())) << size;
  }
}

/// The driver's row is longer than the photo's: what it covered below becomes dark, the tongue stays.
TEST(OwnTeeth, TakeThePlaceOfTheDrivers) {
  const DrawnMouth mouth{{160, 160}, 40, 12, 12, 0};
  const auto teeth = OwnTeeth::find(test::picture_with(mouth), dense_lip_contour(mouth.inner()), face());
  ASSERT_TRUE(teeth);
  PlacedMouth placed;
  placed.lip_edge = dense_lip_contour(DrawnMouth{{160, 172}, 40, 26, 12, 0}.inner());
  cv::Mat_<cv::Vec3f> inside(320, 320, cv::Vec3f(60, 60, 160));
  inside.rowRange(140, 168) = cv::Scalar(140, 170, 180);
  show_own_teeth(inside, {0, 0, 320, 320}, placed, *teeth);
  for (int c = 0; c < 3; ++c) EXPECT_NEAR(inside(158, 160)[c], test::teeth_bgr[c], 12);
  EXPECT_LT(inside(166, 160)[1], 60) << "nothing is left of the driver's";
  EXPECT_EQ(inside(190, 160), cv::Vec3f(60, 60, 160));
}

}  // namespace
}  // namespace reenact
