#include "mouth/lip_texture.h"

#include <gtest/gtest.h>

#include "mouth/drawn_mouth.h"

namespace reenact {
namespace {

using test::DrawnMouth;

const cv::Rect box(0, 0, 200, 120);

LipPicture lips_of(const DrawnMouth& mouth) {
  return {{}, dense_lip_contour(mouth.inner()), dense_lip_contour(mouth.outer())};
}

PlacedMouth placed(const DrawnMouth& moved, const DrawnMouth& driver) {
  PlacedMouth mouth;
  mouth.opening = dense_lip_contour(moved.inner());
  mouth.lips = dense_lip_contour(moved.outer());
  mouth.lip_edge = dense_lip_contour(driver.inner());
  return mouth;
}

/// The pixel at `across` and `down` from the middle of a mouth.
cv::Point pixel(const DrawnMouth& mouth, double across, double down) {
  const Eigen::Vector2d place =
      mouth.centre + Eigen::Rotation2Dd(mouth.turn_rad) * Eigen::Vector2d(across, down);
  return {cvRound(place.x()), cvRound(place.y())};
}

Eigen::Vector2d vector(const cv::Vec2f& place) { return {place[0], place[1]}; }

TEST(LipTexture, OfAPhotoAtRestReadsEveryPixelWhereItIs) {
  for (const double turn_rad : {0.0, 0.5, -0.5}) {
    const DrawnMouth mouth{{100, 60}, 40, 8, 12, turn_rad};
    const LipTexture::Laid laid = LipTexture(placed(mouth, mouth), lips_of(mouth), 0).lay(box);
    for (const double across : {-30, -10, 0, 20}) {
      for (const double down : {-16, -12, 12, 16}) {
        const cv::Point at = pixel(mouth, across, down);
        if (laid.cover(at) < 0.05F) continue;
        EXPECT_LT((vector(laid.places(at)) - Eigen::Vector2d(at.x, at.y)).norm(), 0.8)
            << turn_rad << ' ' << at;
      }
    }
  }
}

TEST(LipTexture, TakesALipFromItsOuterEdgeToTheEdgeOfTheDrivers) {
  const DrawnMouth photo{{60, 40}, 30, 2, 10, 0.2};
  const DrawnMouth moved{{100, 60}, 40, 14, 12, 0};
  const DrawnMouth driver{{100, 60}, 40, 6, 12, 0};
  const LipTexture::Laid laid = LipTexture(placed(moved, driver), lips_of(photo), 1).lay(box);
  const auto in_photo = [&](double down) {
    return Eigen::Vector2d(photo.centre + Eigen::Rotation2Dd(photo.turn_rad) * Eigen::Vector2d(0, down));
  };
  EXPECT_LT((vector(laid.places(60 - 6, 100)) - in_photo(-3)).norm(), 0.6);
  EXPECT_LT((vector(laid.places(60 + 6, 100)) - in_photo(3)).norm(), 0.6);
  EXPECT_LT((vector(laid.places(60 - 26, 100)) - in_photo(-12)).norm(), 0.6);
  EXPECT_LT((vector(laid.places(60 - 16, 100)) - in_photo(-7.5)).norm(), 0.6) << "half of it in between";
}

TEST(LipTexture, NeverGivesWayBeyondTheMovedPhotosOwnEdge) {
  const DrawnMouth moved{{100, 60}, 40, 8, 12, 0};
  const DrawnMouth driver{{100, 60}, 40, 14, 12, 0};
  const LipTexture::Laid laid = LipTexture(placed(moved, driver), lips_of(moved), 0).lay(box);
  EXPECT_LT((vector(laid.places(60 - 12, 100)) - Eigen::Vector2d(100, 48)).norm(), 0.6);
}

TEST(LipTexture, CoversLipsAndNeitherTheSkinAroundThemNorBesideTheirCorners) {
  const DrawnMouth mouth{{100, 60}, 40, 8, 12, 0};
  const cv::Mat_<float> cover = LipTexture(placed(mouth, mouth), lips_of(mouth), 0).lay(box).cover;
  EXPECT_EQ(cover(60 - 8, 100), 1);
  EXPECT_EQ(cover(60 + 8, 100), 1);
  EXPECT_EQ(cover(60 - 21, 100), 0);
  EXPECT_EQ(cover(60 + 21, 100), 0);
  EXPECT_EQ(cover(60, 100 - 48), 0);
  EXPECT_EQ(cover(60, 100 + 48), 0);
}

TEST(LipTexture, LetsBothLipsGoOverIntoEachOtherBesideTheCorners) {
  const DrawnMouth photo{{60, 40}, 30, 2, 10, 0};
  const DrawnMouth round{{100, 60}, 40, 40, 12, 0};
  const LipTexture::Laid laid = LipTexture(placed(round, round), lips_of(photo), 1).lay(box);
  const int beside = 100 - 41;
  EXPECT_NEAR(laid.other(60, beside), 0.5, 0.05);
  for (int y = 40; y < 80; ++y) {
    const auto lower_share = [&](int row) {
      return row < 60 ? laid.other(row, beside) : 1 - laid.other(row, beside);
    };
    EXPECT_NEAR(lower_share(y + 1), lower_share(y), 0.2) << y;
  }
  EXPECT_EQ(laid.other(60 - 46, 100), 0) << "the middle of a lip is its own";
  EXPECT_EQ(laid.other(60 + 46, 100), 0);
}

}  // namespace
}  // namespace reenact
