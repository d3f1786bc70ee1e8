#include "reenact/mouth/parted_lips.h"

#include <gtest/gtest.h>

#include "mouth/drawn_mouth.h"
#include "reenact/mouth/smooth_lab.h"

namespace reenact {
namespace {

using test::DrawnMouth;

double share_in(const DrawnMouth& drawn, const DrawnMouth& found) {
  cv::Mat picture(64, 96, CV_8UC3, test::skin_bgr);
  drawn.draw_on(picture);
  return share_between_lips(smooth_lab(picture), found.inner(), found.outer());
}

TEST(ShareBetweenLips, IsWholeWhereLandmarksLieOnTheOpening) {
  for (const double half_height : {5, 8, 12}) {
    const DrawnMouth mouth{{48, 32}, 32, half_height, 12, 0};
    EXPECT_GT(share_in(mouth, mouth), 0.85);
  }
}

TEST(ShareBetweenLips, IsThatOfTheAreas) {
  const DrawnMouth drawn{{48, 32}, 32, 4, 16, 0};
  const DrawnMouth found{{48, 32}, 32, 8, 12, 0};
  EXPECT_NEAR(share_in(drawn, found), 0.5, 0.2);
}

TEST(ShareBetweenLips, IsNothingWhereLipsTouch) {
  for (const double half_height : {5, 8, 11}) {
    const DrawnMouth drawn{{48, 32}, 32, 0, 16, 0};
    const DrawnMouth found{{48, 32}, 32, half_height, 16 - half_height, 0};
    EXPECT_LT(share_in(drawn, found), 0.1) << half_height;
  }
}

TEST(ShareBetweenLips, SeesPaleTeethThatFillTheMouth) {
  const DrawnMouth mouth{{48, 32}, 32, 8, 12, 0};
  cv::Mat picture(64, 96, CV_8UC3, test::skin_bgr);
  mouth.draw_on(picture);
  cv::ellipse(picture, {48, 32}, {32, 8}, 0, 0, 360, {135, 140, 205}, cv::FILLED, cv::LINE_AA);
  EXPECT_GT(share_between_lips(smooth_lab(picture), mouth.inner(), mouth.outer()), 0.8);
}

TEST(ShareBetweenLips, IsWholeOutsideThePicture) {
  const DrawnMouth away{{500, 400}, 32, 8, 12, 0};
  EXPECT_EQ(share_in(DrawnMouth{}, away), 1);
}

}  // namespace
}  // namespace reenact
