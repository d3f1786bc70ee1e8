#include "reenact/layers/split_photo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "layers/drawn_person.h"
#include "reenact/core/error.h"

namespace reenact {
namespace {

using test::drawn_head;
using test::DrawnPerson;
using test::sees;
using ::testing::HasSubstr;

constexpr double radius = 40;

double largest_difference(const cv::Mat& a, const cv::Mat& b) {
  cv::Mat difference;
  cv::absdiff(a, b, difference);
  double largest = 0;
  cv::minMaxLoc(difference.reshape(1), nullptr, &largest);
  return largest;
}

double mean_difference(const cv::Mat& a, const cv::Mat& b) {
  cv::Mat difference;
  cv::absdiff(a, b, difference);
  return cv::mean(difference.reshape(1))[0];
}

cv::Mat in_levels(const cv::Mat& alpha) {
  cv::Mat levels;
  alpha.convertTo(levels, CV_8U, 255);
  return levels;
}

PhotoLayers split(const DrawnPerson& drawn, cv::Point2d centre, SplitRegion region = SplitRegion::head) {
  SplitPhoto result =
      split_photo(drawn.photo, drawn_head(centre, radius), sees(drawn.photo, drawn.alpha), region);
  EXPECT_EQ(result.refusal, "");
  return result.layers.value();
}

TEST(SplitPhoto, FindsTheLayersThatAPhotoIsMadeOf) {
  const DrawnPerson drawn({300, 280}, {150, 140}, radius);
  const PhotoLayers layers = split(drawn, {150, 140});
  EXPECT_EQ(layers.region, cv::Rect(36, 26, 228, 228));
  EXPECT_LT(mean_difference(layers.alpha, in_levels(drawn.alpha(layers.region))), 1.0);
  EXPECT_LT(largest_difference(layers.alpha, in_levels(drawn.alpha(layers.region))), 50);
  EXPECT_LT(largest_difference(layers.plate, drawn.background(layers.region)), 25);
  EXPECT_LT(mean_difference(layers.plate, drawn.background(layers.region)), 1.5);
}

TEST(SplitPhoto, MakesUpThePhotoAtRest) {
  DrawnPerson drawn({300, 280}, {150, 140}, radius);
  cv::Mat noise(drawn.photo.size(), CV_8UC3);
  cv::RNG(3).fill(noise, cv::RNG::UNIFORM, 0, 60);
  drawn.photo += noise;
  for (const SplitRegion region : {SplitRegion::head, SplitRegion::photo}) {
    const PhotoLayers layers = split(drawn, {150, 140}, region);
    EXPECT_LE(largest_difference(put_before(layers, layers.plate), drawn.photo(layers.region)), 1);
    for (int y = 0; y < layers.alpha.rows; ++y) {
      for (int x = 0; x < layers.alpha.cols; ++x) {
        const auto& person = layers.person.at<cv::Vec3b>(y, x);
        ASSERT_LE(std::max({person[0], person[1], person[2]}), layers.alpha.at<uchar>(y, x));
      }
    }
  }
}

constexpr double wide_radius = 60;

/// Of a disc around a head, with its middle so many rows below the photo's upper border.
PhotoLayers high_disc(double middle, double head_middle) {
  const DrawnPerson drawn({300, 280}, {150, middle}, wide_radius);
  const PhotoHead head = drawn_head({150, head_middle}, radius);
  return split_photo(drawn.photo, head, sees(drawn.photo, drawn.alpha), SplitRegion::head).layers.value();
}

TEST(SplitPhoto, ContinuesAHeadThatTheBorderCutsOff) {
  constexpr double middle = 40;
  const PhotoLayers layers = high_disc(middle, 56);
  ASSERT_EQ(layers.above.cols, layers.region.width);
  EXPECT_NEAR(layers.above.rows, wide_radius - middle, 4);
  constexpr int border = 100;
  const DrawnPerson whole({300, 280}, {150, border + middle}, wide_radius);
  const cv::Rect place(layers.region.x, border - layers.above.rows, layers.region.width, layers.above.rows);
  cv::Mat alpha;
  cv::extractChannel(layers.above, alpha, 3);
  EXPECT_LT(mean_difference(alpha, in_levels(whole.alpha(place))), 8);
  const auto& colour = layers.above.at<cv::Vec4b>(layers.above.rows - 5, 150 - layers.region.x);
  const auto& below = layers.person.at<cv::Vec3b>(4, 150 - layers.region.x);
  for (int c = 0; c < 3; ++c) EXPECT_NEAR(colour[c], below[c], 6);
  EXPECT_EQ(colour[3], 255);
}

TEST(SplitPhoto, ContinuesNothingThatEndsBelowTheBorderOrHasLittleHair) {
  EXPECT_TRUE(high_disc(70, 50).above.empty());
  EXPECT_TRUE(high_disc(40, 40).above.empty());
}

TEST(SplitPhoto, ShowsNothingOfTheOldBackgroundBeforeAnother) {
  const DrawnPerson drawn({300, 280}, {150, 140}, radius);
  const PhotoLayers layers = split(drawn, {150, 140});
  DrawnPerson expected = drawn;
  expected.background.setTo(cv::Scalar(20, 240, 20));
  expected.draw();
  EXPECT_LT(
      mean_difference(put_before(layers, expected.background(layers.region)), expected.photo(layers.region)),
      1.5);
}

TEST(SplitPhoto, TakesAllOfThePhotoApartForAnotherBackground) {
  const DrawnPerson drawn({700, 280}, {150, 140}, radius);
  EXPECT_EQ(split(drawn, {150, 140}, SplitRegion::photo).region, cv::Rect(0, 0, 700, 280));
}

TEST(SplitPhoto, WorksTheSameAtALargeSize) {
  const DrawnPerson drawn({1200, 1120}, {600, 560}, 4 * radius);
  PhotoHead head = drawn_head({600, 560}, 4 * radius);
  head.pixels_per_cm *= 4;
  const SplitPhoto result = split_photo(drawn.photo, head, sees(drawn.photo, drawn.alpha), SplitRegion::head);
  ASSERT_TRUE(result.layers) << result.refusal;
  const PhotoLayers& layers = *result.layers;
  EXPECT_LT(mean_difference(layers.alpha, in_levels(drawn.alpha(layers.region))), 1.0);
  EXPECT_LE(largest_difference(put_before(layers, layers.plate), drawn.photo(layers.region)), 1);
}

TEST(SplitPhoto, LeavesOtherPersonsInTheBackground) {
  DrawnPerson drawn({420, 280}, {110, 140}, radius);
  const DrawnPerson other({420, 280}, {300, 140}, radius);
  cv::Mat both = cv::max(drawn.alpha, other.alpha);
  cv::Mat photo = drawn.photo.clone();
  other.photo.copyTo(photo, other.alpha > 0);
  const SplitPhoto result =
      split_photo(photo, drawn_head({110, 140}, radius), sees(photo, both), SplitRegion::photo);
  ASSERT_TRUE(result.layers) << result.refusal;
  EXPECT_EQ(result.layers->alpha.at<uchar>(140, 110), 255);
  EXPECT_EQ(result.layers->alpha.at<uchar>(140, 300), 0);
  EXPECT_EQ(result.layers->plate.at<cv::Vec3b>(140, 300), photo.at<cv::Vec3b>(140, 300));
}

TEST(SplitPhoto, LeavesTheHeadOfANeighbourWhoTouchesThePerson) {
  const cv::Point2d neighbour(110 + 1.9 * radius, 140);
  const DrawnPerson drawn({420, 280}, {110, 140}, radius);
  const DrawnPerson other({420, 280}, neighbour, radius);
  const cv::Mat both = cv::max(drawn.alpha, other.alpha);
  cv::Mat photo = drawn.photo.clone();
  other.photo.copyTo(photo, other.alpha > 0.5);
  PhotoHead head = drawn_head({110, 140}, radius);
  const auto alpha_beside = [&] {
    const SplitPhoto result = split_photo(photo, head, sees(photo, both), SplitRegion::photo);
    EXPECT_TRUE(result.layers) << result.refusal;
    EXPECT_EQ(result.layers->alpha.at<uchar>(140, 110), 255);
    return result.layers->alpha.at<uchar>(cv::Point(neighbour));
  };
  EXPECT_EQ(alpha_beside(), 255);
  head.other_faces = {{neighbour.x - radius, neighbour.y - radius, 2 * radius, 2 * radius}};
  EXPECT_EQ(alpha_beside(), 0);
}

TEST(SplitPhoto, EndsAtBlackBars) {
  const DrawnPerson drawn({300, 200}, {150, 100}, radius);
  cv::Mat photo;
  cv::copyMakeBorder(drawn.photo, photo, 40, 40, 0, 0, cv::BORDER_CONSTANT, cv::Scalar(3, 3, 3));
  cv::Mat alpha;
  cv::copyMakeBorder(drawn.alpha, alpha, 40, 40, 0, 0, cv::BORDER_CONSTANT, cv::Scalar(0));
  const SplitPhoto result =
      split_photo(photo, drawn_head({150, 140}, radius), sees(photo, alpha), SplitRegion::head);
  ASSERT_TRUE(result.layers) << result.refusal;
  EXPECT_EQ(result.layers->region.y, 41);
  EXPECT_EQ(result.layers->region.br().y, 239);
}

TEST(SplitPhoto, DoesNotDependOnThreads) {
  const DrawnPerson drawn({300, 280}, {150, 140}, radius);
  const int threads = cv::getNumThreads();
  cv::setNumThreads(1);
  const PhotoLayers alone = split(drawn, {150, 140});
  cv::setNumThreads(5);
  const PhotoLayers together = split(drawn, {150, 140});
  cv::setNumThreads(threads);
  EXPECT_EQ(largest_difference(alone.alpha, together.alpha), 0);
  EXPECT_EQ(largest_difference(alone.person, together.person), 0);
  EXPECT_EQ(largest_difference(alone.plate, together.plate), 0);
}

TEST(SplitPhoto, RefusesAPhotoWithoutAPersonAtTheFace) {
  const DrawnPerson drawn({300, 280}, {150, 140}, radius);
  const cv::Mat nobody = cv::Mat::zeros(drawn.alpha.size(), CV_32FC1);
  const SplitPhoto result =
      split_photo(drawn.photo, drawn_head({150, 140}, radius), sees(drawn.photo, nobody), SplitRegion::head);
  EXPECT_FALSE(result.layers);
  EXPECT_THAT(result.refusal, HasSubstr("no person where the face is"));
}

TEST(SplitPhoto, RefusesAPhotoWithoutABackground) {
  const DrawnPerson drawn({300, 280}, {150, 140}, radius);
  const cv::Mat everybody = cv::Mat::ones(drawn.alpha.size(), CV_32FC1);
  const SplitPhoto result = split_photo(drawn.photo, drawn_head({150, 140}, radius),
                                        sees(drawn.photo, everybody), SplitRegion::head);
  EXPECT_FALSE(result.layers);
  EXPECT_THAT(result.refusal, HasSubstr("no background"));
}

TEST(SplitPhoto, RefusesAHeadOutsideOfThePhoto) {
  const DrawnPerson drawn({300, 280}, {150, 140}, radius);
  const SplitPhoto result = split_photo(drawn.photo, drawn_head({-900, 140}, radius),
                                        sees(drawn.photo, drawn.alpha), SplitRegion::head);
  EXPECT_FALSE(result.layers);
}

TEST(SplitPhoto, SurvivesTinyPhotosAndCrops) {
  const DrawnPerson drawn({33, 32}, {16, 16}, 9);
  for (const double size : {0.5, 3.0, 9.0, 4000.0}) {
    for (const double scale : {0.1, 2.0, 300.0}) {
      PhotoHead head = drawn_head({16, 16}, size);
      head.pixels_per_cm = scale;
      for (const SplitRegion region : {SplitRegion::head, SplitRegion::photo}) {
        EXPECT_NO_THROW(split_photo(drawn.photo, head, sees(drawn.photo, drawn.alpha), region))
            << size << ", " << scale;
      }
    }
  }
}

TEST(SplitPhoto, ThrowsForWhatIsNoPhotoOrNoHead) {
  const DrawnPerson drawn({300, 280}, {150, 140}, radius);
  const Segmentation segmentation = sees(drawn.photo, drawn.alpha);
  const PhotoHead good = drawn_head({150, 140}, radius);
  EXPECT_THROW(split_photo(cv::Mat(), good, segmentation, SplitRegion::head), InputError);
  EXPECT_THROW(split_photo(drawn.alpha, good, segmentation, SplitRegion::head), InputError);
  PhotoHead bad = good;
  bad.crop.left = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(split_photo(drawn.photo, bad, segmentation, SplitRegion::head), InputError);
  bad = good;
  bad.pixels_per_cm = 0;
  EXPECT_THROW(split_photo(drawn.photo, bad, segmentation, SplitRegion::head), InputError);
  bad = good;
  bad.mesh = cv::Mat();
  EXPECT_THROW(split_photo(drawn.photo, bad, segmentation, SplitRegion::head), InputError);
}

TEST(SplitCutOut, TakesThePhotosOwnAlpha) {
  DrawnPerson drawn({300, 280}, {150, 140}, radius);
  drawn.background.setTo(cv::Scalar::all(255));
  drawn.draw();
  const cv::Mat alpha = in_levels(drawn.alpha);
  const SplitPhoto result = split_photo(drawn.photo, drawn_head({150, 140}, radius), alpha);
  ASSERT_TRUE(result.layers) << result.refusal;
  EXPECT_EQ(result.layers->region, cv::Rect(0, 0, 300, 280));
  EXPECT_EQ(largest_difference(result.layers->alpha, alpha), 0);
  EXPECT_LE(largest_difference(put_before(*result.layers, result.layers->plate), drawn.photo), 1);
}

TEST(SplitCutOut, RefusesAnAlphaThatHidesTheFace) {
  const DrawnPerson drawn({300, 280}, {150, 140}, radius);
  const SplitPhoto result =
      split_photo(drawn.photo, drawn_head({150, 140}, radius), cv::Mat::zeros(drawn.photo.size(), CV_8UC1));
  EXPECT_FALSE(result.layers);
  EXPECT_THAT(result.refusal, HasSubstr("own alpha hides the face"));
  EXPECT_THROW(split_photo(drawn.photo, drawn_head({150, 140}, radius), cv::Mat::zeros(3, 3, CV_8UC1)),
               InputError);
}

}  // namespace
}  // namespace reenact
