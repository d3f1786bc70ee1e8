#include "reenact/metrics/warping_error.h"

#include <gtest/gtest.h>

#include <limits>

#include "metrics/reference.h"
#include "reenact/core/error.h"

namespace reenact {
namespace {

using test::reference_file;
using test::reference_picture;

/// OpenCV interpolates between positions that are rounded to 1/32 pixel.
constexpr double interpolation_tolerance = 0.05;

cv::Mat reference_flow(const cv::Size& size) {
  cv::Mat flow(size, CV_32FC2);
  std::ifstream file(reference_file("flow.f32"), std::ios::binary);
  file.read(reinterpret_cast<char*>(flow.data), static_cast<std::streamsize>(flow.total() * flow.elemSize()));
  EXPECT_TRUE(file);
  return flow;
}

TEST(WarpingError, EqualsSciPy) {
  const cv::Mat frame = reference_picture("frame.png");
  const cv::Mat previous = reference_picture("previous.png");
  const cv::Mat mask = reference_picture("flow_mask.png", cv::IMREAD_GRAYSCALE);
  EXPECT_NEAR(warping_error(frame, previous, reference_flow(frame.size()), mask).value(),
              test::reference("warping_error").get<double>(), interpolation_tolerance);
}

TEST(WarpingError, IsZeroWhereTheFlowExplainsTheMotion) {
  const cv::Mat previous = reference_picture("previous.png");
  cv::Mat frame = cv::Mat::zeros(previous.size(), CV_8UC3);
  previous.colRange(0, previous.cols - 4).copyTo(frame.colRange(4, previous.cols));  // moved 4 pixels right
  const cv::Mat everywhere = cv::Mat::ones(previous.size(), CV_8U);
  const cv::Mat flow(previous.size(), CV_32FC2, cv::Scalar(-4, 0));
  EXPECT_EQ(warping_error(frame, previous, flow, everywhere).value(), 0);
  EXPECT_GT(warping_error(frame, previous, cv::Mat::zeros(flow.size(), CV_32FC2), everywhere).value(), 1);
}

TEST(WarpingError, NothingWhenNoPixelCounts) {
  const cv::Mat frame(8, 8, CV_8UC3, cv::Scalar::all(5));
  const cv::Mat still = cv::Mat::zeros(8, 8, CV_32FC2);
  const cv::Mat everywhere = cv::Mat::ones(8, 8, CV_8U);
  EXPECT_FALSE(warping_error(frame, frame, still, cv::Mat::zeros(8, 8, CV_8U)));
  EXPECT_FALSE(warping_error(frame, frame, still + cv::Scalar(9, 0), everywhere));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(warping_error(frame, frame, cv::Mat(8, 8, CV_32FC2, cv::Scalar(nan, nan)), everywhere));
}

TEST(WarpingError, RefusesOtherSizesAndTypes) {
  const cv::Mat frame(8, 8, CV_8UC3);
  const cv::Mat flow = cv::Mat::zeros(8, 8, CV_32FC2);
  const cv::Mat mask = cv::Mat::ones(8, 8, CV_8U);
  EXPECT_THROW(warping_error(frame, cv::Mat(8, 9, CV_8UC3), flow, mask), InputError);
  EXPECT_THROW(warping_error(frame, frame, cv::Mat::zeros(8, 8, CV_32F), mask), InputError);
  EXPECT_THROW(warping_error(frame, frame, flow, cv::Mat::ones(4, 8, CV_8U)), InputError);
}

}  // namespace
}  // namespace reenact
