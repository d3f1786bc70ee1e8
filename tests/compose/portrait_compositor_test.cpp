#include "reenact/compose/portrait_compositor.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "reenact/core/error.h"

namespace reenact {
namespace {

constexpr int width = 120;
constexpr int height = 100;
const CropSquare at_rest{30, 20, 60};
constexpr double chin = 60;
const cv::Vec3b person_colour(40, 80, 120);
const cv::Vec3b plate_colour(200, 150, 100);

/// A person of one colour from column 40 to 80 before a plate of another.
PhotoLayers layers_of_photo() {
  PhotoLayers layers{{0, 0, width, height},
                     cv::Mat::zeros(height, width, CV_8UC1),
                     cv::Mat::zeros(height, width, CV_8UC3),
                     cv::Mat(height, width, CV_8UC3, cv::Scalar(plate_colour))};
  layers.alpha.colRange(40, 80) = 255;
  layers.person.colRange(40, 80) = cv::Scalar(person_colour);
  return layers;
}

PortraitCompositor compositor() {
  const PhotoLayers layers = layers_of_photo();
  return {put_before(layers, layers.plate), layers, at_rest, chin};
}

/// One colour (R, G, B) and one alpha all over `square`.
GeneratedFrame plain(const CropSquare& square, float alpha) {
  GeneratedFrame frame;
  frame.size = 16;
  frame.square = square;
  frame.alpha.assign(256, alpha);
  for (const float level : {1.0F, 0.5F, 0.0F}) frame.colour.insert(frame.colour.end(), 256, level);
  return frame;
}

const cv::Vec3b drawn_colour(0, 128, 255);

cv::Vec3b at(const cv::Mat& picture, int x, int y) { return picture.at<cv::Vec3b>(y, x); }

void expect_near(const cv::Vec3b& actual, const cv::Vec3b& expected) {
  EXPECT_LE(cv::norm(cv::Vec3i(actual) - cv::Vec3i(expected), cv::NORM_INF), 1) << actual << " " << expected;
}

TEST(PortraitCompositor, ShowsWhatIsDrawnInItsSquare) {
  PortraitCompositor compose = compositor();
  const cv::Mat& picture = compose.compose(plain({10, 10, 50}, 1));
  expect_near(at(picture, 35, 35), drawn_colour);
  EXPECT_EQ(compose.alpha().at<std::uint8_t>(35, 35), 255);
  expect_near(at(picture, 105, 50), plate_colour);
  EXPECT_EQ(compose.alpha().at<std::uint8_t>(50, 105), 0);
}

TEST(PortraitCompositor, MixesByAlpha) {
  PortraitCompositor compose = compositor();
  const cv::Mat& picture = compose.compose(plain({10, 10, 50}, 0.25F));
  expect_near(at(picture, 34, 35), 0.25 * cv::Vec3d(drawn_colour) + 0.75 * cv::Vec3d(plate_colour));
}

TEST(PortraitCompositor, TakesTheHeadAwayButLeavesTheTorso) {
  PortraitCompositor compose = compositor();
  const cv::Mat& picture = compose.compose(plain({-500, -500, 20}, 1));
  expect_near(at(picture, 60, 40), plate_colour);
  EXPECT_EQ(compose.alpha().at<std::uint8_t>(40, 60), 0);
  expect_near(at(picture, 60, 75), person_colour);
  expect_near(at(picture, 60, 95), person_colour);
  EXPECT_EQ(compose.alpha().at<std::uint8_t>(95, 60), 255);
  expect_near(at(picture, 60, 5), person_colour);  // beyond the square
}

TEST(PortraitCompositor, LeavesNothingOfTheFrameBefore) {
  PortraitCompositor compose = compositor();
  compose.compose(plain({5, 5, 40}, 1));
  const cv::Mat second = compose.compose(plain({70, 40, 40}, 0.5F)).clone();
  PortraitCompositor fresh = compositor();
  EXPECT_EQ(cv::norm(second, fresh.compose(plain({70, 40, 40}, 0.5F)), cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(compose.alpha(), fresh.alpha(), cv::NORM_INF), 0);
}

/// Where what is drawn fades out, the photo's own person has not been taken away.
TEST(PortraitCompositor, LeavesNoSeamWhereAPersonIsDrawnAtItsPlace) {
  PortraitCompositor compose = compositor();
  GeneratedFrame frame = plain(at_rest, 1);
  for (int channel = 0; channel < 3; ++channel) {
    std::fill_n(frame.colour.begin() + 256 * channel, 256,
                static_cast<float>(person_colour[2 - channel]) / 255.0F);
  }
  const cv::Mat& picture = compose.compose(frame);
  constexpr double of_coarse_fade = 4;  // levels, where the plate differs by 160
  for (int y = 0; y < height; ++y) {
    EXPECT_LE(cv::norm(cv::Vec3i(at(picture, 60, y)) - cv::Vec3i(person_colour), cv::NORM_INF),
              of_coarse_fade)
        << y;
  }
}

TEST(PortraitCompositor, FadesOutAtTheSquaresEdge) {
  PortraitCompositor compose = compositor();
  const cv::Mat& picture = compose.compose(plain({80, 0, 32}, 1));
  for (int x = 78; x < 114; ++x) {
    EXPECT_LE(std::abs(at(picture, x + 1, 16)[2] - at(picture, x, 16)[2]), 110) << x;
  }
  expect_near(at(picture, 113, 16), plate_colour);
  expect_near(at(picture, 96, 16), drawn_colour);
}

TEST(PortraitCompositor, ShowsTheWholePersonBeforeAnotherBackgroundAtRest) {
  PortraitCompositor compose = compositor();
  const cv::Mat green(height, width, CV_8UC3, cv::Scalar(0, 255, 0));
  const cv::Mat rest = compose.put_behind(green).clone();
  expect_near(at(rest, 60, 40), person_colour);
  expect_near(at(rest, 5, 5), {0, 255, 0});
  const cv::Mat& picture = compose.compose(plain({10, 10, 30}, 1));
  expect_near(at(picture, 60, 40), {0, 255, 0});
  expect_near(at(picture, 25, 25), drawn_colour);
  EXPECT_THROW(compose.put_behind(cv::Mat(10, 10, CV_8UC3)), InputError);
}

TEST(PortraitCompositor, RefusesWhatDoesNotFit) {
  PortraitCompositor compose = compositor();
  GeneratedFrame frame = plain(at_rest, 1);
  frame.alpha.pop_back();
  EXPECT_THROW(compose.compose(frame), ModelError);
  EXPECT_THROW(compose.compose(plain({1e7, 0, 10}, 1)), InputError);
  PhotoLayers part = layers_of_photo();
  part.region = {0, 0, 50, 50};
  EXPECT_THROW(PortraitCompositor(cv::Mat(height, width, CV_8UC3), part, at_rest, chin), InputError);
}

}  // namespace
}  // namespace reenact
