#include "reenact/compose/crop_image.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "reenact/core/error.h"

namespace reenact {
namespace {

cv::Mat noise(int width, int height) {
  cv::Mat image(height, width, CV_8UC3);
  cv::RNG random(5);
  random.fill(image, cv::RNG::UNIFORM, 0, 256);
  return image;
}

bool equal(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && cv::norm(a, b, cv::NORM_INF) == 0;
}

TEST(ExtractCrop, IsTheImageItselfAtItsOwnScale) {
  const cv::Mat image = noise(40, 40);
  EXPECT_TRUE(equal(extract_crop(image, {-0.5, -0.5, 40}, 40), image));
  EXPECT_TRUE(equal(extract_crop(image, {6.5, 9.5, 16}, 16), image(cv::Rect(7, 10, 16, 16))));
}

TEST(ExtractCrop, RepeatsTheEdgeBeyondTheImage) {
  const cv::Mat image = noise(20, 12);
  cv::Mat padded;
  padded.create(30, 30, CV_8UC3);
  for (int y = 0; y < 30; ++y) {
    for (int x = 0; x < 30; ++x) {
      padded.at<cv::Vec3b>(y, x) = image.at<cv::Vec3b>(std::clamp(y - 9, 0, 11), std::clamp(x - 4, 0, 19));
    }
  }
  EXPECT_TRUE(equal(extract_crop(image, {-4.5, -9.5, 30}, 30), padded));
  const cv::Mat beyond = extract_crop(image, {1000, 1000, 8}, 8);
  EXPECT_EQ(cv::norm(beyond, cv::Mat(8, 8, CV_8UC3, cv::Scalar(image.at<cv::Vec3b>(11, 19))), cv::NORM_INF),
            0);
}

/// A linear ramp is reproduced at every scale and offset: the centres of the pixels are right.
TEST(ExtractCrop, PlacesPixelCentresRightly) {
  cv::Mat image(200, 200, CV_8UC3);
  for (int y = 0; y < 200; ++y) {
    for (int x = 0; x < 200; ++x) image.at<cv::Vec3b>(y, x) = cv::Vec3b(x, y, (x + y) / 2);
  }
  for (const double side : {12.0, 60.0, 97.3, 150.0}) {
    const CropSquare crop{20.3, 25.8, side};
    const cv::Mat result = extract_crop(image, crop, 24);
    for (int y = 0; y < 24; ++y) {
      for (int x = 0; x < 24; ++x) {
        const Eigen::Vector2d place = crop.image_from_crop({x, y}, 24);
        EXPECT_NEAR(result.at<cv::Vec3b>(y, x)[0], place.x(), 0.6);
        EXPECT_NEAR(result.at<cv::Vec3b>(y, x)[1], place.y(), 0.6);
      }
    }
  }
}

TEST(ExtractCrop, AveragesDetailFinerThanItsPixels) {
  cv::Mat board(128, 128, CV_8UC3);
  for (int y = 0; y < 128; ++y) {
    for (int x = 0; x < 128; ++x) board.at<cv::Vec3b>(y, x) = cv::Vec3b::all((x + y) % 2 == 0 ? 255 : 0);
  }
  const cv::Mat small = extract_crop(board, {-0.5, -0.5, 128}, 16);
  for (int y = 1; y < 15; ++y) {
    for (int x = 1; x < 15; ++x) EXPECT_NEAR(small.at<cv::Vec3b>(y, x)[1], 127.5, 1.0);
  }
}

TEST(ExtractCrop, RefusesWhatIsNotUsable) {
  const cv::Mat image = noise(8, 8);
  EXPECT_THROW(extract_crop(cv::Mat(), {0, 0, 4}, 4), InputError);
  EXPECT_THROW(extract_crop(cv::Mat(8, 8, CV_8UC1), {0, 0, 4}, 4), InputError);
  EXPECT_THROW(extract_crop(image, {0, 0, 0}, 4), InputError);
  EXPECT_THROW(extract_crop(image, {NAN, 0, 4}, 4), InputError);
  EXPECT_THROW(extract_crop(image, {0, 0, 4}, 0), InputError);
}

TEST(RgbPlanes, AreRedGreenBlueFromZeroToOne) {
  cv::Mat image(2, 3, CV_8UC3, cv::Scalar(0, 51, 255));
  image.at<cv::Vec3b>(1, 2) = cv::Vec3b(255, 0, 102);
  const std::vector<float> planes = rgb_planes(image);
  ASSERT_EQ(planes.size(), 18U);
  EXPECT_FLOAT_EQ(planes[0], 1.0F);
  EXPECT_FLOAT_EQ(planes[6], 0.2F);
  EXPECT_FLOAT_EQ(planes[12], 0.0F);
  EXPECT_FLOAT_EQ(planes[5], 0.4F);
  EXPECT_FLOAT_EQ(planes[11], 0.0F);
  EXPECT_FLOAT_EQ(planes[17], 1.0F);
  EXPECT_THROW(rgb_planes(cv::Mat(2, 2, CV_32FC3)), InputError);
}

}  // namespace
}  // namespace reenact
