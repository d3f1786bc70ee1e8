#include "reenact/layers/photo_grain.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

namespace reenact::test {
namespace {

constexpr int photo_side = 240;
constexpr int maps_side = 120;
constexpr double deviation = 8;

cv::Mat grainy(double level, double of_grain) {
  cv::Mat photo(photo_side, photo_side, CV_8UC3), noise(photo_side, photo_side, CV_32FC3);
  cv::RNG random(3);
  random.fill(noise, cv::RNG::NORMAL, level, of_grain);
  noise.convertTo(photo, CV_8U);
  return photo;
}

/// All but a disc in the middle.
cv::Mat around_a_head(int side) {
  cv::Mat seen(side, side, CV_8UC1, cv::Scalar(255));
  cv::circle(seen, {side / 2, side / 2}, side / 4, cv::Scalar(0), cv::FILLED);
  return seen;
}

double deviation_of(const PhotoGrain& grain) {
  cv::Mat added(photo_side, photo_side, CV_32FC3), mean, result;
  for (int y = 0; y < photo_side; ++y) {
    for (int x = 0; x < photo_side; ++x) added.at<cv::Vec3f>(y, x) = grain.at(x, y);
  }
  cv::meanStdDev(added, mean, result);
  EXPECT_NEAR(mean.at<double>(1), 0, 0.5);
  return result.at<double>(1);
}

TEST(PlateGrain, IsThatOfTheBackground) {
  EXPECT_NEAR(deviation_of(plate_grain(grainy(120, deviation), around_a_head(maps_side))), deviation,
              0.15 * deviation);
}

TEST(PlateGrain, ComesFromWhereTheBackgroundIsCalm) {
  cv::Mat photo = grainy(120, deviation);
  for (int x = 0; x < photo_side; x += 6)
    cv::line(photo, {x, 0}, {x, photo_side / 2}, cv::Scalar::all(20), 3);
  EXPECT_NEAR(deviation_of(plate_grain(photo, around_a_head(maps_side))), deviation, 0.15 * deviation);
}

TEST(PlateGrain, IsNotAddedToWhatHasItsOwn) {
  EXPECT_EQ(deviation_of(plate_grain(grainy(120, deviation), around_a_head(photo_side))), 0);
}

TEST(PlateGrain, OfASmoothPhotoIsNone) {
  EXPECT_EQ(deviation_of(plate_grain(grainy(120, 0), around_a_head(maps_side))), 0);
}

TEST(PlateGrain, NeedsABackground) {
  EXPECT_EQ(deviation_of(plate_grain(grainy(120, deviation), cv::Mat::zeros(maps_side, maps_side, CV_8UC1))),
            0);
  EXPECT_EQ(deviation_of(plate_grain(grainy(255, 1), around_a_head(maps_side))), 0) << "white everywhere";
}

TEST(PhotoGrain, IsWhatIsFinerThanAskedForAndGoesOnBeforeTheFirstPixel) {
  const PhotoGrain grain(grainy(120, deviation), cv::Mat(photo_side, photo_side, CV_8UC1, cv::Scalar(255)),
                         2);
  EXPECT_NEAR(deviation_of(grain), deviation, 0.15 * deviation);
  EXPECT_EQ(grain.at(-1, -5), grain.at(95, 91));
  EXPECT_EQ(PhotoGrain().at(3, 3), cv::Vec3f(0, 0, 0));
}

TEST(PhotoGrain, ShowsNothingOfWhatLiesInTheSkin) {
  cv::Mat photo = grainy(120, 2);
  for (int x = 0; x < photo_side; x += 24) {
    cv::line(photo, {x, 0}, {x + photo_side, photo_side}, cv::Scalar::all(60), 1, cv::LINE_AA);
    cv::line(photo, {0, x}, {photo_side, x + photo_side}, cv::Scalar::all(60), 1, cv::LINE_AA);
  }
  const PhotoGrain grain(photo, cv::Mat(photo_side, photo_side, CV_8UC1, cv::Scalar(255)), 2);
  cv::Mat fine;
  photo.convertTo(fine, CV_32F);
  cv::Mat soft;
  cv::GaussianBlur(fine, soft, {}, 2);
  cv::Scalar mean, lines;
  cv::meanStdDev(fine - soft, mean, lines);
  EXPECT_GT(lines[1], 5) << "the lines are stronger than what is expected of grain";
  EXPECT_LT(deviation_of(grain), 3.5);
}

TEST(PhotoGrain, FitsTogetherAtTheBordersOfItsTile) {
  const PhotoGrain grain(grainy(120, deviation), cv::Mat(photo_side, photo_side, CV_8UC1, cv::Scalar(255)),
                         2);
  const auto step = [&](int x) {
    double sum = 0;
    for (int y = 0; y < 96; ++y) sum += std::abs(grain.at(x + 1, y)[1] - grain.at(x, y)[1]);
    return sum / 96;
  };
  double inside = 0;
  for (int x = 0; x < 95; ++x) inside += step(x) / 95;
  EXPECT_NEAR(step(95), inside, 0.25 * inside);
}

}  // namespace
}  // namespace reenact::test
