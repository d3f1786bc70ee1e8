#include "reenact/metrics/image_quality.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "metrics/reference.h"
#include "reenact/core/error.h"

namespace reenact {
namespace {

using test::reference;
using test::reference_picture;

/// Rounding of sums in another order.
constexpr double tolerance = 1e-6;

class PictureQuality : public ::testing::TestWithParam<std::size_t> {
 protected:
  const nlohmann::json expected_ = reference("pictures").at(GetParam());
  const std::string name_ = expected_.at("name");
  const cv::Mat image_ = reference_picture(name_ + "_a.png");
  const cv::Mat reference_ = reference_picture(name_ + "_b.png");
  const cv::Mat mask_ = reference_picture(name_ + "_mask.png", cv::IMREAD_GRAYSCALE);
};

TEST_P(PictureQuality, EqualsScikitImage) {
  EXPECT_NEAR(psnr(image_, reference_), expected_.at("psnr").get<double>(), tolerance);
  EXPECT_NEAR(ssim(image_, reference_), expected_.at("ssim").get<double>(), tolerance);
}

TEST_P(PictureQuality, EqualsScikitImageUnderAMask) {
  EXPECT_NEAR(masked_psnr(image_, reference_, mask_).value(), expected_.at("masked_psnr").get<double>(),
              tolerance);
  EXPECT_NEAR(masked_ssim(image_, reference_, mask_).value(), expected_.at("masked_ssim").get<double>(),
              tolerance);
}

TEST_P(PictureQuality, IsSymmetricAndBestForEqualPictures) {
  EXPECT_DOUBLE_EQ(psnr(image_, reference_), psnr(reference_, image_));
  EXPECT_NEAR(ssim(image_, reference_), ssim(reference_, image_), 1e-12);
  EXPECT_EQ(psnr(image_, image_), std::numeric_limits<double>::infinity());
  EXPECT_NEAR(ssim(image_, image_), 1, 1e-12);
  EXPECT_LT(ssim(image_, reference_), 0.99);
}

TEST_P(PictureQuality, IgnoresWhatTheMaskLeavesOut) {
  cv::Mat changed = image_.clone();
  changed.setTo(cv::Scalar::all(77), mask_ == 0);
  EXPECT_DOUBLE_EQ(masked_psnr(changed, reference_, mask_).value(),
                   masked_psnr(image_, reference_, mask_).value());
  EXPECT_NE(psnr(changed, reference_), psnr(image_, reference_));
}

INSTANTIATE_TEST_SUITE_P(Cases, PictureQuality, ::testing::Values(0, 1, 2, 3));

TEST(ImageQuality, NothingUnderAnEmptyMask) {
  const cv::Mat image(20, 20, CV_8UC3, cv::Scalar::all(9));
  const cv::Mat empty = cv::Mat::zeros(20, 20, CV_8U);
  EXPECT_FALSE(masked_psnr(image, image, empty));
  EXPECT_FALSE(masked_ssim(image, image, empty));
}

TEST(ImageQuality, RefusesWhatItCannotCompare) {
  const cv::Mat image(20, 20, CV_8UC3, cv::Scalar::all(9));
  const cv::Mat mask = cv::Mat::ones(20, 20, CV_8U);
  EXPECT_THROW(psnr(image, cv::Mat(20, 21, CV_8UC3)), InputError);
  EXPECT_THROW(psnr(cv::Mat(), cv::Mat()), InputError);
  EXPECT_THROW(ssim(image, cv::Mat(20, 20, CV_8UC1)), InputError);
  EXPECT_THROW(ssim(cv::Mat(10, 20, CV_8UC3), cv::Mat(10, 20, CV_8UC3)), InputError);
  EXPECT_THROW(masked_ssim(image, image, cv::Mat::ones(20, 19, CV_8U)), InputError);
  EXPECT_THROW(masked_psnr(image, image, cv::Mat::ones(20, 20, CV_32F)), InputError);
  EXPECT_NO_THROW(masked_psnr(image, image, mask));
}

}  // namespace
}  // namespace reenact
