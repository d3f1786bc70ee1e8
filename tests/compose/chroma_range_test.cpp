#include "reenact/compose/chroma_range.h"

#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace reenact {
namespace {

constexpr std::size_t painted_pixels = 5000;

/// Planes R, G, B of random colours.
std::vector<float> any_colours(float darkest = 0.0F, float brightest = 1.0F) {
  std::vector<float> colour(3 * painted_pixels);
  cv::RNG random(3);
  for (float& value : colour) value = random.uniform(darkest, brightest);
  return colour;
}

std::vector<float> confined(const cv::Mat& picture, std::vector<float> colour) {
  ChromaRange(picture).confine(colour.data(), colour.size() / 3);
  return colour;
}

double luma(double red, double green, double blue) { return 0.299 * red + 0.587 * green + 0.114 * blue; }

double luma_at(const std::vector<float>& colour, std::size_t i) {
  return luma(colour[i], colour[painted_pixels + i], colour[2 * painted_pixels + i]);
}

/// A grey ramp with the noise of a camera, brown at a strength that depends on the brightness.
cv::Vec3d sepia(double brightness) {
  const double strength = 0.3 * brightness * (1 - brightness);
  return {brightness - strength, brightness, brightness + 0.6 * strength};
}

cv::Mat sepia_picture() {
  cv::Mat picture(300, 400, CV_8UC3);
  cv::RNG random(9);
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x) {
      const cv::Vec3d colour = 255 * sepia(0.1 + 0.8 * x / 399.0);
      for (int channel = 0; channel < 3; ++channel) {
        picture.at<cv::Vec3b>(y, x)[channel] =
            cv::saturate_cast<std::uint8_t>(colour[channel] + random.gaussian(2));
      }
    }
  }
  return picture;
}

TEST(ChromaRange, KeepsLuma) {
  const std::vector<float> before = any_colours();
  const std::vector<float> after = confined(sepia_picture(), before);
  for (std::size_t i = 0; i < painted_pixels; ++i) {
    EXPECT_NEAR(luma_at(after, i), luma_at(before, i), 1e-5);
  }
}

TEST(ChromaRange, OfAGreyPictureIsNothing) {
  cv::Mat grey(90, 120, CV_8UC1);
  cv::RNG(1).fill(grey, cv::RNG::UNIFORM, 0, 256);
  cv::Mat picture;
  cv::cvtColor(grey, picture, cv::COLOR_GRAY2BGR);
  const std::vector<float> colour = confined(picture, any_colours());
  for (std::size_t i = 0; i < painted_pixels; ++i) {
    EXPECT_NEAR(colour[i], colour[painted_pixels + i], 1e-5);
    EXPECT_NEAR(colour[i], colour[2 * painted_pixels + i], 1e-5);
  }
}

/// The tint of a sepia picture depends on the brightness; painted colours get it to 2 levels of 255.
TEST(ChromaRange, OfASepiaPictureIsItsTint) {
  const std::vector<float> colour = confined(sepia_picture(), any_colours(0.12F, 0.88F));
  for (std::size_t i = 0; i < painted_pixels; ++i) {
    const double painted = luma_at(colour, i);
    double brightness = painted;  // of the tint whose luma this is
    for (int step = 0; step < 20; ++step) {
      const cv::Vec3d tint = sepia(brightness);
      brightness += painted - luma(tint[2], tint[1], tint[0]);
    }
    const cv::Vec3d tint = sepia(brightness);
    EXPECT_NEAR(colour[i] - painted, tint[2] - painted, 2.0 / 255);
    EXPECT_NEAR(colour[2 * painted_pixels + i] - painted, tint[0] - painted, 2.0 / 255);
  }
}

TEST(ChromaRange, OfAColourPictureLeavesItsColoursAlone) {
  cv::Mat picture(64, 64, CV_8UC3);
  std::vector<float> colour(3 * painted_pixels);
  cv::RNG random(2);
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 64; ++x) {
      picture.at<cv::Vec3b>(y, x) =
          cv::Vec3b(cv::saturate_cast<std::uint8_t>(4 * x), 120, cv::saturate_cast<std::uint8_t>(4 * y));
    }
  }
  for (std::size_t i = 0; i < painted_pixels; ++i) {
    const auto& pixel = picture.at<cv::Vec3b>(random.uniform(6, 58), random.uniform(6, 58));
    for (std::size_t channel = 0; channel < 3; ++channel) {
      colour[channel * painted_pixels + i] = static_cast<float>(pixel[2 - static_cast<int>(channel)]) / 255;
    }
  }
  EXPECT_EQ(confined(picture, colour), colour);
}

/// Pure green does not occur in a picture of reds: what is left of it lies at the range's end.
TEST(ChromaRange, HoldsWhatLiesBeyondIt) {
  cv::Mat picture(64, 64, CV_8UC3);
  for (int y = 0; y < 64; ++y) picture.row(y) = cv::Scalar(80, 80, 80 + 2 * y);
  const std::vector<float> green = confined(picture, {0.2F, 0.9F, 0.2F});
  const std::vector<float> red = confined(picture, {0.5F, 0.3F, 0.3F});
  EXPECT_LT(green[1] - green[0], 0.25);
  EXPECT_GT(red[0] - red[1], 0.18);
}

}  // namespace
}  // namespace reenact
