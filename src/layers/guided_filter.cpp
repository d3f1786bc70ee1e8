#include "layers/guided_filter.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "layers/box_mean.h"
#include "layers/runs.h"
#include "layers/window_sums.h"

namespace reenact {
namespace {

constexpr int coarse_radius = 6;  // from where on windows are worked out at half the size

/// What is summed over windows of the guide.
enum Moment { target = 0, colour = 1, colour_target = 4, colour_colour = 7, moments = 13 };

void write_moments(const cv::Vec3f& c, float p, float* m) {
  const float values[moments] = {p,           c[0],        c[1],        c[2],        c[0] * p,
                                 c[1] * p,    c[2] * p,    c[0] * c[0], c[0] * c[1], c[0] * c[2],
                                 c[1] * c[1], c[1] * c[2], c[2] * c[2]};
  std::copy(values, values + moments, m);
}

/// The inverse of a symmetric positive definite matrix times a vector, by cofactors.
cv::Vec3f solve(const cv::Matx33f& m, const cv::Vec3f& right) {
  const cv::Vec3f a(m(0, 0), m(0, 1), m(0, 2));
  const cv::Vec3f b(m(1, 0), m(1, 1), m(1, 2));
  const cv::Vec3f c(m(2, 0), m(2, 1), m(2, 2));
  const cv::Vec3f bc = b.cross(c);
  const float scale = 1 / a.dot(bc);
  return {scale * right.dot(bc), scale * right.dot(c.cross(a)), scale * right.dot(a.cross(b))};
}

/// Slope and offset for the sums `m` over a window of 1 / `share` pixels.
cv::Vec4f fit_window(const float* m, float share, float epsilon) {
  const cv::Vec3f mean = share * cv::Vec3f(m[colour], m[colour + 1], m[colour + 2]);
  const float mean_target = share * m[target];
  cv::Matx33f covariance;
  cv::Vec3f with_target;
  for (int i = 0, k = colour_colour; i < 3; ++i) {
    for (int j = i; j < 3; ++j, ++k) covariance(i, j) = covariance(j, i) = share * m[k] - mean[i] * mean[j];
    covariance(i, i) += epsilon;
    with_target[i] = share * m[colour_target + i] - mean[i] * mean_target;
  }
  const cv::Vec3f slope = solve(covariance, with_target);
  return {slope[0], slope[1], slope[2], mean_target - slope.dot(mean)};
}

/// The model of each window of the guide around pixels where `needed` holds, CV_32FC4, elsewhere 0.
cv::Mat fit_windows(const cv::Mat& guide, const cv::Mat& picture, int radius, float epsilon,
                    const cv::Mat& needed) {
  cv::Mat model = cv::Mat::zeros(guide.size(), CV_32FC4);
  sum_windows(
      needed, radius, moments,
      [&](int y, int x, float* out) {
        write_moments(guide.at<cv::Vec3f>(y, x), picture.at<float>(y, x), out);
      },
      [&](int y, int x, const float* sums, int pixels) {
        model.at<cv::Vec4f>(y, x) = fit_window(sums, 1 / static_cast<float>(pixels), epsilon);
      });
  return model;
}

cv::Mat resized(const cv::Mat& picture, cv::Size size, int interpolation) {
  cv::Mat result;
  cv::resize(picture, result, size, 0, 0, interpolation);
  return result;
}

}  // namespace

LocalLinearModel fit_local_linear(const cv::Mat& guide, const cv::Mat& picture, int radius, double epsilon,
                                  const cv::Mat& where) {
  if (radius >= coarse_radius) {
    const cv::Size half((guide.cols + 1) / 2, (guide.rows + 1) / 2);
    const cv::Mat where_half = widened(resized(where, half, cv::INTER_AREA), 1);
    const LocalLinearModel coarse =
        fit_local_linear(resized(guide, half, cv::INTER_AREA), resized(picture, half, cv::INTER_AREA),
                         radius / 2, epsilon, where_half);
    return {resized(coarse.slope, guide.size(), cv::INTER_LINEAR),
            resized(coarse.offset, guide.size(), cv::INTER_LINEAR)};
  }
  const cv::Mat model = box_mean(
      fit_windows(guide, picture, radius, static_cast<float>(epsilon), widened(where, radius)), radius);
  LocalLinearModel result{cv::Mat(guide.size(), CV_32FC3), cv::Mat(guide.size(), CV_32FC1)};
  std::vector<cv::Mat> parts{result.slope, result.offset};
  cv::mixChannels({model}, parts, {0, 0, 1, 1, 2, 2, 3, 3});
  return result;
}

cv::Mat apply(const LocalLinearModel& model, const cv::Mat& guide) {
  cv::Mat result(guide.size(), CV_32FC1);
  for (int y = 0; y < guide.rows; ++y) {
    for (int x = 0; x < guide.cols; ++x) {
      const float value =
          model.slope.at<cv::Vec3f>(y, x).dot(guide.at<cv::Vec3f>(y, x)) + model.offset.at<float>(y, x);
      result.at<float>(y, x) = std::clamp(value, 0.0F, 1.0F);
    }
  }
  return result;
}

}  // namespace reenact
