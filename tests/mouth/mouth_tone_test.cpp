#include "reenact/mouth/mouth_tone.h"

#include <gtest/gtest.h>

#include "mouth/drawn_mouth.h"
#include "reenact/core/error.h"
#include "reenact/core/landmark_indices.h"

namespace reenact {
namespace {

MouthColours driver_colours() {
  MouthColours colours;
  colours.skin = {65, 15, 20};
  colours.lips = {50, 30, 15};
  colours.teeth = Eigen::Vector3d(80, 2, 8);
  return colours;
}

/// The colours of a photo with a drawn face, each channel scaled.
PhotoColours photo_of(const cv::Scalar& scale) {
  cv::Mat photo(240, 240, CV_8UC3, test::skin_bgr);
  const test::DrawnMouth mouth{{120, 150}, 30, 0, 10, 0};
  mouth.draw_on(photo);
  cv::multiply(photo, scale, photo);
  const Landmarks landmarks = test::face_around(mouth);
  PhotoColours colours =
      photo_colours(photo, {columns(landmarks.points, mesh468::skin), mouth.inner(), mouth.outer(), 3});
  colours.spread = 20;  // a photo has more colours at each lightness than a drawing
  return colours;
}

Eigen::Vector3d toned(const MouthTone& tone, const Eigen::Vector3d& bgr, float across = 0, float tongue = 0) {
  cv::Mat_<cv::Vec3f> pixel(
      1, 1, cv::Vec3f(static_cast<float>(bgr[0]), static_cast<float>(bgr[1]), static_cast<float>(bgr[2])));
  tone.apply(pixel, {across}, cv::Mat_<float>(1, 1, tongue));
  return lab_of_bgr({pixel(0, 0)[0], pixel(0, 0)[1], pixel(0, 0)[2]});
}

const Eigen::Vector3d teeth_bgr(190, 200, 205);
const Eigen::Vector3d tongue_bgr(90, 80, 180);

TEST(MouthTone, KeepsDarkDarkAndTeethBrighterThanTheTongue) {
  const MouthTone tone(driver_colours(), photo_of({1, 1, 1}));
  const Eigen::Vector3d dark = toned(tone, {10, 10, 20});
  const Eigen::Vector3d teeth = toned(tone, teeth_bgr);
  const Eigen::Vector3d tongue = toned(tone, tongue_bgr);
  EXPECT_LT(dark[0], 60);
  EXPECT_GT(teeth[0], tongue[0] + 15);
  EXPECT_GT(tongue[1], 15);
  EXPECT_LT(teeth.tail<2>().norm(), 25);
}

TEST(MouthTone, BlackTakesSomeLightAndRedWhereATongueWouldLie) {
  PhotoColours photo = photo_of({1, 1, 1});
  photo.black = 0;
  const MouthTone tone(driver_colours(), photo);
  const Eigen::Vector3d deep = toned(tone, {0, 0, 0});
  const Eigen::Vector3d tongue = toned(tone, {0, 0, 0}, 0, 1);
  EXPECT_LT(deep[0], 0.1 * photo.skin[0]);
  EXPECT_NEAR(tongue[0], 0.2 * photo.skin[0], 0.02 * photo.skin[0]);
  EXPECT_GT(tongue[1], deep[1] + 3);
  EXPECT_GT(toned(tone, tongue_bgr, 0, 1)[0], tongue[0] + 10);
  EXPECT_LT((toned(tone, teeth_bgr, 0, 1) - toned(tone, teeth_bgr)).norm(), 2);
}

TEST(MouthTone, TeethThatACameraShowsWithoutShadingAreDarkerAtTheCorners) {
  MouthColours driver = driver_colours();
  ASSERT_TRUE(driver.teeth);
  (*driver.teeth)[0] = 88;
  const MouthTone flat(driver, photo_of({1, 1, 1}));
  const double middle = toned(flat, teeth_bgr)[0];
  EXPECT_LT(toned(flat, teeth_bgr, 1)[0], 0.85 * middle);
  EXPECT_NEAR(toned(flat, teeth_bgr, -1)[0], toned(flat, teeth_bgr, 1)[0], 0.1);
  EXPECT_GT(toned(flat, teeth_bgr, 0.4F)[0], 0.93 * middle);
  (*driver.teeth)[0] = 74;
  const MouthTone shaded(driver, photo_of({1, 1, 1}));
  EXPECT_NEAR(toned(shaded, teeth_bgr, 1)[0], toned(shaded, teeth_bgr)[0], 0.1);
}

TEST(MouthTone, FollowsTheBrightnessOfThePhoto) {
  const double bright = toned(MouthTone(driver_colours(), photo_of({1, 1, 1})), teeth_bgr)[0];
  const double dim = toned(MouthTone(driver_colours(), photo_of({0.4, 0.4, 0.4})), teeth_bgr)[0];
  EXPECT_GT(bright, dim + 10);
  EXPECT_GT(dim, 25);
}

TEST(MouthTone, MakesNoTeethLighterThanADimPhoto) {
  PhotoColours photo = photo_of({1, 1, 1});
  photo.skin[0] = 32;
  photo.light = 38;
  EXPECT_LT(toned(MouthTone(driver_colours(), photo), teeth_bgr)[0], 43);
  photo.light = 80;
  EXPECT_GT(toned(MouthTone(driver_colours(), photo), teeth_bgr)[0], 45);
}

TEST(MouthTone, TeethOfADarkFaceDoNotGlareInALightOne) {
  MouthColours dark = driver_colours();
  dark.skin[0] = 35;
  dark.teeth = lab_of_bgr(teeth_bgr);
  PhotoColours photo = photo_of({1, 1, 1});
  photo.light = 95;
  EXPECT_LT(toned(MouthTone(dark, photo), teeth_bgr)[0], 1.05 * photo.skin[0] + 10);
}

TEST(MouthTone, TeethBecomeAsThePhotosOwn) {
  MouthColours driver = driver_colours();
  driver.teeth = lab_of_bgr(teeth_bgr);
  PhotoColours photo = photo_of({1, 1, 1});
  const Eigen::Vector3d unknown = toned(MouthTone(driver, photo), teeth_bgr);
  photo.teeth = Eigen::Vector3d(68, 4, 24);
  const Eigen::Vector3d own = toned(MouthTone(driver, photo), teeth_bgr);
  EXPECT_NEAR(own[0], 68, 3);
  EXPECT_GT(unknown[0], own[0] + 4);
  EXPECT_NEAR(own[2], 24, 6);
  EXPECT_LT(unknown[2], own[2] - 6);
}

TEST(MouthTone, TeethAreAsWarmAsStrongLightMakesThem) {
  MouthColours driver = driver_colours();
  driver.teeth = lab_of_bgr({215, 200, 200});
  PhotoColours photo = photo_of({1, 1, 1});
  photo.skin = {62, 20, 30};
  const Eigen::Vector3d teeth = toned(MouthTone(driver, photo), {215, 200, 200});
  EXPECT_GT(teeth[2], 0.7 * 0.47 * photo.skin[2] / photo.skin[0] * teeth[0]);
}

TEST(MouthTone, TeethThatThePhotoShowsTooBrightHaveNoTint) {
  MouthColours driver = driver_colours();
  driver.teeth = lab_of_bgr(teeth_bgr);
  PhotoColours photo = photo_of({1, 1, 1});
  photo.light = 99;
  photo.teeth = Eigen::Vector3d(98, -6, -2);
  const Eigen::Vector3d teeth = toned(MouthTone(driver, photo), teeth_bgr);
  EXPECT_LE(teeth[0], 94);
  EXPECT_GT(teeth[1], 0);
  EXPECT_GT(teeth[2], 0);
}

TEST(MouthTone, BrightTeethOfThePhotoDoNotMakeADarkMouthGlow) {
  MouthColours shaded = driver_colours();
  shaded.teeth = Eigen::Vector3d(50, 4, 8);
  PhotoColours photo = photo_of({1, 1, 1});
  photo.light = 95;
  const double unknown = toned(MouthTone(shaded, photo), tongue_bgr)[0];
  photo.teeth = Eigen::Vector3d(92, 3, 10);
  EXPECT_LT(toned(MouthTone(shaded, photo), tongue_bgr)[0], 1.2 * unknown);
}

TEST(MouthTone, KeepsTheContrastOfAPhotoLikeTheDriver) {
  MouthColours driver = driver_colours();
  driver.teeth = lab_of_bgr(teeth_bgr);
  driver.skin[0] = 72;
  PhotoColours photo = photo_of({1, 1, 1});
  photo.skin = driver.skin;
  photo.lips = driver.lips;
  photo.black = 20;
  photo.light = 95;
  const MouthTone tone(driver, photo);
  const Eigen::Vector3d shaded_bgr = 0.3 * teeth_bgr;
  const double drawn = lab_of_bgr(teeth_bgr)[0] - lab_of_bgr(shaded_bgr)[0];
  EXPECT_GT(toned(tone, teeth_bgr)[0] - toned(tone, shaded_bgr)[0], 0.9 * drawn);
}

TEST(MouthTone, LeavesATonguePinkBetweenPaleLips) {
  PhotoColours photo = photo_of({1, 1, 1});
  photo.lips = {55, 9, 6};
  const double chroma = toned(MouthTone(driver_colours(), photo), tongue_bgr).tail<2>().norm();
  EXPECT_GT(chroma, 12);
}

TEST(MouthTone, LeavesATongueAsRedBesideLighterSkin) {
  MouthColours darker = driver_colours();
  darker.skin *= 0.6;
  darker.teeth = 0.6 * *darker.teeth;
  const PhotoColours photo = photo_of({1, 1, 1});
  const Eigen::Vector3d dull_tongue(90, 90, 130);
  const auto red_share = [](const Eigen::Vector3d& lab) { return lab.tail<2>().norm() / lab[0]; };
  const Eigen::Vector3d tongue = toned(MouthTone(darker, photo), dull_tongue);
  ASSERT_GT(tongue[0], 1.2 * lab_of_bgr(dull_tongue)[0]);
  const double of_lips = std::min(red_share(photo.lips) / red_share(darker.lips), 1.0);
  EXPECT_GT(red_share(tongue), 0.85 * of_lips * red_share(lab_of_bgr(dull_tongue)));
}

TEST(MouthTone, HoldsOddTintsNearerToWhatMouthsShow) {
  const MouthTone tone(driver_colours(), photo_of({1, 1, 1}));
  const Eigen::Vector3d ashen(150, 150, 150);
  const Eigen::Vector3d red(120, 90, 210);
  EXPECT_GT(toned(tone, ashen)[1], 4);
  EXPECT_LT(toned(tone, red)[1], lab_of_bgr(red)[1]);
  EXPECT_GT(toned(tone, red)[1], toned(tone, ashen)[1] + 10);
}

TEST(MouthTone, MakesNoGreenOrBlueTeeth) {
  PhotoColours photo = photo_of({1, 1, 1});
  photo.skin = {65, 12, 18};
  const MouthTone tone(driver_colours(), photo);
  for (const Eigen::Vector3d& bgr : {Eigen::Vector3d(180, 215, 175), Eigen::Vector3d(215, 205, 170)}) {
    const Eigen::Vector3d teeth = toned(tone, bgr);
    EXPECT_GT(teeth[1], 0);
    EXPECT_GT(teeth[2], 0);
  }
}

TEST(MouthTone, IsMonotonicAndWithinWhite) {
  const MouthTone tone(driver_colours(), photo_of({1, 1, 1}));
  double before = -1;
  for (int level = 0; level <= 255; level += 5) {
    const double lightness = toned(tone, Eigen::Vector3d::Constant(level))[0];
    EXPECT_GE(lightness, before - 0.05) << level;
    EXPECT_LE(lightness, 100.0);
    before = lightness;
  }
}

TEST(MouthTone, LeavesAGreyPhotoGreyAndASepiaOneSepia) {
  cv::Mat photo(240, 240, CV_8UC3, test::skin_bgr);
  const test::DrawnMouth mouth{{120, 150}, 30, 0, 10, 0};
  mouth.draw_on(photo);
  const Landmarks landmarks = test::face_around(mouth);
  const ColourPlaces places{columns(landmarks.points, mesh468::skin), mouth.inner(), mouth.outer(), 3};
  cv::cvtColor(photo, photo, cv::COLOR_BGR2GRAY);
  cv::cvtColor(photo, photo, cv::COLOR_GRAY2BGR);
  const MouthTone grey(driver_colours(), photo_colours(photo, places));
  for (const Eigen::Vector3d& bgr : {teeth_bgr, tongue_bgr}) EXPECT_LT(toned(grey, bgr).tail<2>().norm(), 1);

  cv::multiply(photo, cv::Scalar(0.6, 0.8, 1), photo);
  const MouthTone sepia(driver_colours(), photo_colours(photo, places));
  for (const Eigen::Vector3d& bgr : {teeth_bgr, tongue_bgr}) {
    const Eigen::Vector3d lab = toned(sepia, bgr);
    EXPECT_GT(lab[2], 8);
    EXPECT_LT(lab[1], 15);
  }
}

TEST(MouthTone, GivesTheMouthOfAGreyDriverThePhotosColours) {
  MouthColours driver;
  driver.skin = {85, 0, 0};
  driver.lips = {45, 0, 0};
  driver.teeth = Eigen::Vector3d(92, 0, 0);
  const PhotoColours photo = photo_of({1, 1, 1});
  const MouthTone tone(driver, photo);
  const Eigen::Vector3d tongue = toned(tone, {90, 90, 90});
  const Eigen::Vector3d teeth = toned(tone, {235, 235, 235});
  EXPECT_GT(tongue[1], 10);
  EXPECT_NEAR(std::atan2(tongue[2], tongue[1]), std::atan2(photo.lips[2], photo.lips[1]), 0.1);
  EXPECT_LT(teeth[1], tongue[1] / 2);
}

TEST(MouthTone, IsLitFromTheSideOfThePhoto) {
  PhotoColours photo = photo_of({1, 1, 1});
  photo.side_light = 0.5;
  const MouthTone tone(driver_colours(), photo);
  EXPECT_GT(toned(tone, teeth_bgr, 1)[0], toned(tone, teeth_bgr, 0)[0] + 3);
  EXPECT_LT(toned(tone, teeth_bgr, -1)[0], toned(tone, teeth_bgr, 0)[0] - 3);
}

TEST(PhotoColours, MeasureSkinLipsAndSideLight) {
  cv::Mat photo(240, 240, CV_8UC3, test::skin_bgr);
  const test::DrawnMouth mouth{{120, 150}, 30, 0, 10, 0};
  mouth.draw_on(photo);
  photo.colRange(0, 120) *= 0.7;
  const Landmarks landmarks = test::face_around(mouth);
  const ColourPlaces places{columns(landmarks.points, mesh468::skin), mouth.inner(), mouth.outer(), 3};
  const PhotoColours colours = photo_colours(photo, places);
  EXPECT_GT(colours.side_light, 0.2);
  EXPECT_GT(colours.spread, 2);
  ColourPlaces outside = places;
  outside.skin.array() += 1000;
  EXPECT_THROW(photo_colours(photo, outside), InputError);
}

}  // namespace
}  // namespace reenact
