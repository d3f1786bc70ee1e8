#include "reenact/mouth/face_colours.h"

#include <gtest/gtest.h>

#include "mouth/drawn_mouth.h"

namespace reenact {
namespace {

MouthColours frame_with_teeth(double lightness) {
  MouthColours colours;
  colours.skin = {40, 15, 15};
  colours.lips = {35, 15, 8};
  colours.teeth = Eigen::Vector3d(lightness, 4, 6);
  return colours;
}

TEST(TeethColour, IsThatOfLitTeethAndNotOfAPaleTongueBesideDarkSkin) {
  cv::Mat picture(120, 200, CV_8UC3, cv::Scalar(40, 50, 75));
  const test::DrawnMouth mouth{{100, 60}, 30, 14, 8, 0};
  const std::vector<cv::Scalar> pale_tongue_and_teeth{{95, 90, 110}, test::teeth_bgr};
  picture(cv::Rect(60, 50, 80, 30)).setTo(pale_tongue_and_teeth[0]);
  picture(cv::Rect(60, 50, 80, 6)).setTo(pale_tongue_and_teeth[1]);
  const Eigen::Vector3d skin = lab_of_bgr({40, 50, 75});
  const auto teeth = teeth_colour(picture, dense_lip_contour(mouth.inner()), skin);
  ASSERT_TRUE(teeth.has_value());
  const Eigen::Vector3d lit = lab_of_bgr({test::teeth_bgr[0], test::teeth_bgr[1], test::teeth_bgr[2]});
  EXPECT_LT((*teeth - lit).norm(), 1);
}

/// A mouth whose inside is `inside_bgr`, on skin.
cv::Mat mouth_with(const test::DrawnMouth& mouth, const cv::Scalar& inside_bgr) {
  cv::Mat picture(120, 200, CV_8UC3, test::skin_bgr);
  const auto fill = [&](const Eigen::Matrix2Xd& landmarks, const cv::Scalar& colour) {
    const Eigen::Matrix2Xd contour = dense_lip_contour(landmarks);
    std::vector<cv::Point> polygon;
    for (const auto& point : contour.colwise()) polygon.emplace_back(cvRound(point.x()), cvRound(point.y()));
    cv::fillPoly(picture, std::vector<std::vector<cv::Point>>{polygon}, colour);
  };
  fill(mouth.outer(), test::lips_bgr);
  fill(mouth.inner(), inside_bgr);
  return picture;
}

TEST(PaleBetweenLips, AreTeethInAnyLightButNeitherDarknessNorATongue) {
  const test::DrawnMouth mouth{{100, 60}, 40, 10, 10, 0};
  const Eigen::Vector3d lips = lab_of_bgr({test::lips_bgr[0], test::lips_bgr[1], test::lips_bgr[2]});
  const Eigen::Vector3d skin = lab_of_bgr({test::skin_bgr[0], test::skin_bgr[1], test::skin_bgr[2]});
  const auto pale = [&](const cv::Scalar& inside) {
    return is_pale_between_lips(mouth_with(mouth, inside), dense_lip_contour(mouth.inner()), lips);
  };
  const cv::Scalar shaded_teeth(95, 115, 125);
  EXPECT_FALSE(teeth_colour(mouth_with(mouth, shaded_teeth), dense_lip_contour(mouth.inner()), skin));
  EXPECT_TRUE(pale(shaded_teeth));
  EXPECT_TRUE(pale(test::teeth_bgr));
  EXPECT_FALSE(pale(test::dark_bgr));
  EXPECT_FALSE(pale(cv::Scalar(100, 95, 175)));
}

TEST(MedianColours, TakeTeethFromFramesInWhichTheyAreLit) {
  std::vector<MouthColours> frames;
  for (const double lightness : {42, 45, 44, 80, 82, 84}) frames.push_back(frame_with_teeth(lightness));
  frames.push_back(frame_with_teeth(0));
  frames.back().teeth.reset();
  const MouthColours median = median_colours(frames);
  ASSERT_TRUE(median.teeth.has_value());
  EXPECT_EQ((*median.teeth)[0], 82);
  EXPECT_EQ(median.skin[0], 40);
}

}  // namespace
}  // namespace reenact
