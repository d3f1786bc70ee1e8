#include "reenact/mouth/mouth_painter.h"

#include <gtest/gtest.h>

#include "mouth/drawn_mouth.h"

namespace reenact {
namespace {

using test::DrawnMouth;

MouthTone same_tone() {
  MouthColours driver;
  driver.skin = {65, 15, 20};
  driver.lips = {50, 30, 15};
  driver.teeth = Eigen::Vector3d(70, 4, 6);
  PhotoColours photo;
  photo.skin = driver.skin;
  photo.lips = driver.lips;
  photo.spread = 20;
  return {driver, photo};
}

/// A patch that is one colour, placed one to one.
PlacedMouth placed(const cv::Scalar& bgr) {
  PlacedMouth mouth;
  mouth.opening = dense_lip_contour(DrawnMouth{{100, 60}, 30, 12, 8, 0}.inner());
  mouth.lips = dense_lip_contour(DrawnMouth{{100, 60}, 30, 12, 8, 0}.outer());
  mouth.lip_edge = mouth.opening;
  mouth.patch_from_canvas = Eigen::Translation2d(-20, 0);
  mouth.picture = cv::Mat(120, 160, CV_8UC3, bgr);
  mouth.amount = 1;
  return mouth;
}

class MouthPainter : public ::testing::Test {
 protected:
  const MouthTone tone = same_tone();
  const CanvasScale scale{};
  const cv::Mat canvas{120, 200, CV_8UC3, cv::Scalar(100, 150, 200)};

  /// A photo whose lips lie where those of `placed()` do.
  MouthSetting setting_of(const cv::Mat& photo, bool shows_teeth = false) const {
    const PlacedMouth mouth = placed({0, 0, 0});
    return {scale, shows_teeth, {}, {photo, mouth.opening, mouth.lips}};
  }
  cv::Mat painted(const PlacedMouth& mouth, const MouthSetting& setting) const {
    cv::Mat picture = canvas.clone();
    const cv::Rect box = painted_box(mouth, scale, canvas.size());
    cv::Mat part = picture(box);
    paint_mouth(part, box, mouth, tone, setting);
    return picture;
  }
  cv::Mat painted(const PlacedMouth& mouth) const { return painted(mouth, setting_of(canvas)); }
};

TEST_F(MouthPainter, ChangesOnlyTheOpening) {
  const cv::Mat picture = painted(placed({30, 30, 30}));
  EXPECT_LT(picture.at<cv::Vec3b>(60, 100)[2], 80);
  cv::Mat changed;
  cv::cvtColor(picture != canvas, changed, cv::COLOR_BGR2GRAY);
  const cv::Rect where = cv::boundingRect(changed);
  EXPECT_GE(where.x, 66);
  EXPECT_LE(where.br().x, 135);
  EXPECT_GE(where.y, 44);
  EXPECT_LE(where.br().y, 77);
}

TEST_F(MouthPainter, GivesItThePhotosGrainWhichMovesWithIt) {
  cv::Mat grainy(96, 96, CV_8UC3);
  cv::RNG random(5);
  random.fill(grainy, cv::RNG::NORMAL, 128, 10);
  const PhotoGrain grain(grainy, cv::Mat(96, 96, CV_8UC1, cv::Scalar(255)), 1.2);
  const auto inside = [&](PlacedMouth mouth, int shift, const PhotoGrain& added) {
    mouth.opening.row(0).array() += shift;
    mouth.lip_edge = mouth.opening;
    cv::Mat picture = canvas.clone();
    const cv::Rect box = painted_box(mouth, scale, canvas.size());
    cv::Mat part = picture(box);
    MouthSetting setting = setting_of(canvas);
    setting.grain = added;
    paint_mouth(part, box, mouth, tone, setting);
    return cv::Mat(picture(cv::Rect(90 + shift, 56, 20, 8)).clone());
  };
  const auto deviation = [](const cv::Mat& picture) {
    cv::Scalar mean, deviation;
    cv::meanStdDev(picture, mean, deviation);
    return deviation[1];
  };
  const PlacedMouth light = placed({150, 150, 150});
  EXPECT_LT(deviation(inside(light, 0, {})), 3);
  EXPECT_NEAR(deviation(inside(light, 0, grain)), 9, 2.5);
  EXPECT_LT(deviation(inside(placed({20, 20, 20}), 0, grain)), 6);
  EXPECT_LE(cv::norm(inside(light, 0, grain), inside(light, 7, grain), cv::NORM_INF), 2);
}

TEST_F(MouthPainter, DrawsTheMouthOutToACorner) {
  PlacedMouth mouth = placed({0, 0, 0});
  cv::Mat halves(120, 160, CV_8UC3, cv::Scalar(150, 150, 150));
  halves(cv::Rect(80 + 12, 0, 68, 120))
      .setTo(cv::Scalar(40, 40, 40));  // from 12 pixels left of the middle on
  mouth.picture = halves;
  const auto edge = [&] {
    const cv::Mat picture = painted(mouth);
    int x = 100;
    while (picture.at<cv::Vec3b>(60, x)[1] > 95) ++x;
    return x;
  };
  EXPECT_NEAR(edge(), 112, 1);
  mouth.stretch = {{100, 60}, {1, 0}, 30, 0, 0.3};
  EXPECT_NEAR(edge(), 100 + 30 * (1 - std::sqrt(1 - 4 * 0.3 * 0.4)) / (2 * 0.3), 1);
}

TEST_F(MouthPainter, KeepsTheContrastOfTeeth) {
  constexpr int teeth = 4;  // pixels from gap to gap, as in a mouth of 40 pixels
  cv::Mat stripes(120, 160, CV_8UC3, cv::Scalar(150, 150, 150));
  for (int x = 0; x < stripes.cols; ++x) {
    if (x % teeth == 0) stripes.col(x).setTo(cv::Scalar(90, 90, 90));
  }
  PlacedMouth mouth = placed({0, 0, 0});
  mouth.picture = stripes;
  mouth.patch_from_canvas = Eigen::Translation2d(-20.5, 0.5);  // where interpolation blurs most
  const cv::Mat row = painted(mouth)(cv::Rect(92, 60, 4 * teeth, 1));
  double lowest = 0;
  double highest = 0;
  cv::minMaxIdx(row.reshape(1), &lowest, &highest);
  EXPECT_GT(highest - lowest, 58);
}

TEST_F(MouthPainter, SharpensNoColours) {
  cv::Mat stripes(120, 160, CV_8UC3, cv::Scalar(150, 150, 150));
  for (int x = 0; x < stripes.cols; ++x) {
    if (x % 8 < 4) stripes.col(x).setTo(cv::Scalar(150, 158, 130));
  }
  PlacedMouth mouth = placed({0, 0, 0});
  mouth.picture = stripes;
  const cv::Mat row = painted(mouth)(cv::Rect(92, 60, 16, 1));
  double greenest = 0;
  row.forEach<cv::Vec3b>([&](const cv::Vec3b& pixel, const int*) {
    greenest = std::max(greenest, static_cast<double>(pixel[1]) - pixel[2]);
  });
  EXPECT_LT(greenest, 29);
}

TEST_F(MouthPainter, TheLowerLipCastsNoShadow) {
  PlacedMouth mouth = placed({150, 150, 150});
  const cv::Mat picture = painted(mouth);
  const auto at = [&](int y) { return picture.at<cv::Vec3b>(y, 100)[1]; };
  EXPECT_GT(at(69), at(60) - 4);
  EXPECT_LT(at(51), at(60) - 25);
  mouth.opening = mouth.lip_edge = dense_lip_contour(DrawnMouth{{100, 60}, 30, 12, 8, M_PI}.inner());
  const cv::Mat upside_down = painted(mouth);
  EXPECT_LT(upside_down.at<cv::Vec3b>(69, 100)[1], at(60) - 25);
}

TEST_F(MouthPainter, TheShadowOfTheUpperLipIsWarm) {
  const cv::Mat picture = painted(placed({150, 150, 150}));
  const auto red_over_blue = [&](int y) {
    const auto& pixel = picture.at<cv::Vec3b>(y, 100);
    return static_cast<double>(pixel[2]) / pixel[0];
  };
  EXPECT_GT(red_over_blue(51), 1.12 * red_over_blue(60));
}

TEST_F(MouthPainter, StretchesThePhotosLipsToTheEdgeOfTheDrivers) {
  PlacedMouth mouth = placed({30, 30, 30});
  mouth.lip_edge = dense_lip_contour(DrawnMouth{{100, 60}, 30, 5, 8, 0}.inner());
  cv::Mat slope(canvas.size(), CV_8UC3);  // blue tells the row
  for (int y = 0; y < slope.rows; ++y) slope.row(y).setTo(cv::Scalar(2 * y, 60, 180));
  const cv::Mat picture = painted(mouth, setting_of(slope));
  constexpr double outer = 40, inner = 48, left_out = 2;
  for (const int y : {47, 49, 51, 52}) {
    const double share = (y - outer) / (55 - outer);
    const double row = outer + share * (inner - left_out - outer);
    EXPECT_NEAR(picture.at<cv::Vec3b>(y, 100)[0] / 2.0, row, 1.0) << y;
    EXPECT_NEAR(picture.at<cv::Vec3b>(120 - y, 100)[0] / 2.0, 120 - row, 1.0) << y;
  }
  EXPECT_EQ(picture.at<cv::Vec3b>(39, 100), canvas.at<cv::Vec3b>(39, 100)) << "outer edges stay";
}

TEST_F(MouthPainter, BlendsByItsAmount) {
  PlacedMouth mouth = placed({30, 30, 30});
  mouth.amount = 0;
  EXPECT_EQ(cv::norm(painted(mouth), canvas, cv::NORM_INF), 0);
  mouth.amount = 0.5;
  const int half = painted(mouth).at<cv::Vec3b>(60, 100)[2];
  mouth.amount = 1;
  const int whole = painted(mouth).at<cv::Vec3b>(60, 100)[2];
  EXPECT_NEAR(half, (200 + whole) / 2.0, 1.5);
}

TEST_F(MouthPainter, LaysThePhotosOwnLipsOverTheDrivers) {
  PlacedMouth mouth = placed({30, 30, 30});
  mouth.lip_edge = dense_lip_contour(DrawnMouth{{100, 60}, 15, 6, 8, 0}.inner());
  const cv::Mat picture = painted(mouth, setting_of(cv::Mat(canvas.size(), CV_8UC3, cv::Scalar(0, 0, 255))));
  EXPECT_LT(picture.at<cv::Vec3b>(60, 100)[2], 80);
  EXPECT_EQ(picture.at<cv::Vec3b>(69, 100), cv::Vec3b(0, 0, 255));
  EXPECT_EQ(picture.at<cv::Vec3b>(60, 120), cv::Vec3b(0, 0, 255));
}

/// Lips, and teeth in their opening and `beside` pixels above and below.
cv::Mat smile_with_teeth(const cv::Size& size, double beside) {
  cv::Mat smile(size, CV_8UC3, cv::Scalar(60, 60, 180));
  const Eigen::Matrix2Xd edge = dense_lip_contour(DrawnMouth{{100, 60}, 30, 12, 8, 0}.inner(beside));
  std::vector<cv::Point> polygon;
  for (const auto& point : edge.colwise()) polygon.emplace_back(cvRound(point.x()), cvRound(point.y()));
  cv::fillPoly(smile, std::vector<std::vector<cv::Point>>{polygon}, cv::Scalar(230, 230, 230));
  return smile;
}

TEST_F(MouthPainter, LaysNoTeethOfThePhotoAroundTheDrivers) {
  PlacedMouth mouth = placed({30, 30, 30});
  mouth.lip_edge = dense_lip_contour(DrawnMouth{{100, 60}, 22, 9, 8, 0}.inner());
  for (const double beside : {0.0, 2.0}) {
    const cv::Mat picture = painted(mouth, setting_of(smile_with_teeth(canvas.size(), beside), true));
    for (const cv::Point place :
         {cv::Point(100, 70), cv::Point(100, 50), cv::Point(100, 46), cv::Point(123, 60)}) {
      const cv::Vec3b& colour = picture.at<cv::Vec3b>(place);
      EXPECT_GT(colour[2], 130) << place << ' ' << beside;  // lips, neither the driver's nor teeth
      EXPECT_LT(colour[0], 100) << place << ' ' << beside;
    }
  }
}

TEST_F(MouthPainter, ClosesLipsOverThePhotosTeeth) {
  const cv::Scalar lips(60, 60, 180);
  PlacedMouth mouth = placed({30, 30, 30});
  mouth.opening = dense_lip_contour(DrawnMouth{{100, 60.5}, 30, 1, 8, 0}.inner());
  mouth.lips = dense_lip_contour(DrawnMouth{{100, 60.5}, 30, 1, 8, 0}.outer());
  const MouthSetting setting = setting_of(smile_with_teeth(canvas.size(), 1), true);
  cv::Mat pressed(canvas.size(), CV_8UC3, lips);  // what a warp makes of it
  pressed(cv::Rect(80, 60, 40, 2)).setTo(cv::Scalar(220, 225, 230));
  const cv::Rect box = painted_box(mouth, scale, canvas.size());
  const auto closed = [&](double share) {
    mouth.shut = share;
    cv::Mat picture = pressed.clone();
    cv::Mat part = picture(box);
    close_lips(part, box, mouth, setting);
    return picture;
  };
  const cv::Mat whole = closed(1);
  for (int x = 85; x < 115; ++x) {
    const auto& seam = whole.at<cv::Vec3b>(60, x);
    EXPECT_LT(seam[0], 75) << x;
    EXPECT_LT(seam[2], 160) << x;
    EXPECT_GT(seam[2], seam[0] + 30) << x;
  }
  EXPECT_LT(cv::norm(whole.row(66), pressed.row(66), cv::NORM_INF), 3);
  EXPECT_EQ(cv::norm(closed(0), pressed, cv::NORM_INF), 0);
}

TEST_F(MouthPainter, ClosedLipsDoNotGoOnOverSkinBesideTheirCorners) {
  PlacedMouth mouth = placed({30, 30, 30});
  mouth.opening = dense_lip_contour(DrawnMouth{{100, 60.5}, 30, 1, 8, 0}.inner());
  mouth.shut = 1;
  const cv::Rect box = painted_box(mouth, scale, canvas.size());
  cv::Mat picture = canvas.clone();
  cv::Mat part = picture(box);
  close_lips(part, box, mouth, setting_of(cv::Mat(canvas.size(), CV_8UC3, cv::Scalar(60, 60, 180)), true));
  EXPECT_GT(cv::norm(picture.at<cv::Vec3b>(57, 100), canvas.at<cv::Vec3b>(57, 100)), 40);
  for (const int x : {64, 65, 135, 136})
    EXPECT_LT(cv::norm(picture.at<cv::Vec3b>(60, x), canvas.at<cv::Vec3b>(60, x)), 4) << x;
}

TEST_F(MouthPainter, BoxesStayInTheCanvas) {
  PlacedMouth mouth = placed({30, 30, 30});
  const auto move = [&](double by) {
    for (auto* contour : {&mouth.opening, &mouth.lips, &mouth.lip_edge}) contour->row(0).array() += by;
  };
  move(80);
  const cv::Rect box = painted_box(mouth, scale, canvas.size());
  EXPECT_EQ(box.br().x, 200);
  move(1000);
  EXPECT_TRUE(painted_box(mouth, scale, canvas.size()).empty());
  mouth.opening(0, 3) = std::nan("");
  EXPECT_TRUE(painted_box(mouth, scale, canvas.size()).empty());
}

TEST_F(MouthPainter, LeavesTheDriversPicture) {
  PlacedMouth mouth = placed({30, 60, 90});
  cv::circle(mouth.picture, {80, 60}, 9, cv::Scalar(200, 200, 200), cv::FILLED);
  const cv::Mat before = mouth.picture.clone();
  mouth.patch_from_canvas = Eigen::Scaling(2.0) * Eigen::Translation2d(-60, -30);
  painted(mouth);
  EXPECT_EQ(cv::norm(mouth.picture, before, cv::NORM_INF), 0);
}

}  // namespace
}  // namespace reenact
