#include "reenact/layers/photo_layers.h"

#include <gtest/gtest.h>

#include "reenact/core/error.h"

namespace reenact {
namespace {

PhotoLayers grey_person(int alpha, int person) {
  PhotoLayers layers;
  layers.region = {3, 4, 2, 2};
  layers.alpha = cv::Mat(2, 2, CV_8UC1, cv::Scalar(alpha));
  layers.person = cv::Mat(2, 2, CV_8UC3, cv::Scalar::all(person));
  layers.plate = cv::Mat(2, 2, CV_8UC3, cv::Scalar(10, 20, 30));
  return layers;
}

TEST(PhotoLayers, ShowWhatIsBehindWhereNobodyIs) {
  const PhotoLayers layers = grey_person(0, 0);
  EXPECT_EQ(put_before(layers, layers.plate).at<cv::Vec3b>(1, 1), cv::Vec3b(10, 20, 30));
}

TEST(PhotoLayers, HideWhatIsBehindAPerson) {
  const PhotoLayers layers = grey_person(255, 77);
  EXPECT_EQ(put_before(layers, layers.plate).at<cv::Vec3b>(0, 1), cv::Vec3b(77, 77, 77));
}

TEST(PhotoLayers, MixAsAlphaSays) {
  const PhotoLayers layers = grey_person(51, 40);  // a fifth of a person of level 200
  const cv::Mat white(2, 2, CV_8UC3, cv::Scalar::all(255));
  EXPECT_EQ(put_before(layers, white).at<cv::Vec3b>(0, 0), cv::Vec3b(244, 244, 244));
}

TEST(PhotoLayers, RefuseABackgroundOfAnotherSize) {
  EXPECT_THROW(put_before(grey_person(0, 0), cv::Mat(3, 2, CV_8UC3)), InputError);
  EXPECT_THROW(put_before(grey_person(0, 0), cv::Mat(2, 2, CV_8UC1)), InputError);
}

}  // namespace
}  // namespace reenact
