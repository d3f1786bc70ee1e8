#include "reenact/metrics/image_quality.h"

#include <cmath>
#include <opencv2/imgproc.hpp>
#include <string>

#include "metrics/check_images.h"
#include "reenact/core/error.h"

namespace reenact {

namespace {

constexpr double range = 255;
constexpr int window_size = 11;
constexpr double window_sigma = 1.5;
constexpr double c1 = (0.01 * range) * (0.01 * range);
constexpr double c2 = (0.03 * range) * (0.03 * range);

double psnr_of_mse(double mse) { return 10 * std::log10(range * range / mse); }

double mean_of_channels(const cv::Scalar& channels) { return (channels[0] + channels[1] + channels[2]) / 3; }

cv::Mat squared_difference(const cv::Mat& image, const cv::Mat& reference) {
  cv::Mat difference;
  cv::subtract(image, reference, difference, cv::noArray(), CV_64F);
  return difference.mul(difference);
}

cv::Mat local_mean(const cv::Mat& values) {
  cv::Mat mean;
  cv::GaussianBlur(values, mean, {window_size, window_size}, window_sigma, window_sigma, cv::BORDER_REFLECT);
  return mean;
}

/// SSIM of every pixel and channel, CV_64FC3.
cv::Mat ssim_map(const cv::Mat& image, const cv::Mat& reference) {
  cv::Mat x, y;
  image.convertTo(x, CV_64F);
  reference.convertTo(y, CV_64F);
  const cv::Mat mean_x = local_mean(x);
  const cv::Mat mean_y = local_mean(y);
  const cv::Mat mean_xx = mean_x.mul(mean_x);
  const cv::Mat mean_yy = mean_y.mul(mean_y);
  const cv::Mat mean_xy = mean_x.mul(mean_y);
  const cv::Mat variances = local_mean(x.mul(x)) + local_mean(y.mul(y)) - mean_xx - mean_yy;
  const cv::Mat covariance = local_mean(x.mul(y)) - mean_xy;
  const cv::Scalar c1s = cv::Scalar::all(c1);
  const cv::Scalar c2s = cv::Scalar::all(c2);
  const cv::Mat numerator = cv::Mat(2 * mean_xy + c1s).mul(2 * covariance + c2s);
  const cv::Mat denominator = cv::Mat(mean_xx + mean_yy + c1s).mul(variances + c2s);
  return numerator / denominator;
}

}  // namespace

double psnr(const cv::Mat& image, const cv::Mat& reference) {
  require_same_pictures(image, reference);
  return psnr_of_mse(mean_of_channels(cv::mean(squared_difference(image, reference))));
}

std::optional<double> masked_psnr(const cv::Mat& image, const cv::Mat& reference, const cv::Mat& mask) {
  require_same_pictures(image, reference);
  require_mask(mask, image.size());
  if (cv::countNonZero(mask) == 0) return std::nullopt;
  return psnr_of_mse(mean_of_channels(cv::mean(squared_difference(image, reference), mask)));
}

double ssim(const cv::Mat& image, const cv::Mat& reference) {
  require_same_pictures(image, reference);
  if (image.rows < window_size || image.cols < window_size) {
    throw InputError("SSIM needs pictures of at least 11x11 pixels; these have " + size_text(image.size()));
  }
  const int border = window_size / 2;
  const cv::Rect inside(border, border, image.cols - 2 * border, image.rows - 2 * border);
  return mean_of_channels(cv::mean(ssim_map(image, reference)(inside)));
}

std::optional<double> masked_ssim(const cv::Mat& image, const cv::Mat& reference, const cv::Mat& mask) {
  require_same_pictures(image, reference);
  require_mask(mask, image.size());
  if (cv::countNonZero(mask) == 0) return std::nullopt;
  return mean_of_channels(cv::mean(ssim_map(image, reference), mask));
}

}  // namespace reenact
