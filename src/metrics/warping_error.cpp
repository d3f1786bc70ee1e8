#include "reenact/metrics/warping_error.h"

#include <opencv2/imgproc.hpp>

#include "metrics/check_images.h"
#include "reenact/core/error.h"

namespace reenact {

std::optional<double> warping_error(const cv::Mat& frame, const cv::Mat& previous, const cv::Mat& flow,
                                    const cv::Mat& mask) {
  require_same_pictures(frame, previous);
  require_mask(mask, frame.size());
  if (flow.type() != CV_32FC2 || flow.size() != frame.size()) {
    throw InputError("a flow must have two float channels and the size of its picture, " +
                     size_text(frame.size()));
  }
  cv::Mat positions(flow.size(), CV_32FC2);
  cv::Mat counted = cv::Mat::zeros(mask.size(), CV_8U);
  for (int y = 0; y < flow.rows; ++y) {
    for (int x = 0; x < flow.cols; ++x) {
      const cv::Point2f position =
          cv::Point2f(flow.at<cv::Point2f>(y, x)) + cv::Point2f(static_cast<float>(x), static_cast<float>(y));
      positions.at<cv::Point2f>(y, x) = position;
      // Written so that a flow that is not a number does not count either.
      const bool inside = position.x >= 0 && position.x <= static_cast<float>(flow.cols - 1) &&
                          position.y >= 0 && position.y <= static_cast<float>(flow.rows - 1);
      if (inside && mask.at<std::uint8_t>(y, x) != 0) counted.at<std::uint8_t>(y, x) = 255;
    }
  }
  if (cv::countNonZero(counted) == 0) return std::nullopt;
  cv::Mat warped, difference, previous_float, frame_float;
  previous.convertTo(previous_float, CV_32F);
  frame.convertTo(frame_float, CV_32F);
  cv::remap(previous_float, warped, positions, cv::noArray(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  cv::absdiff(frame_float, warped, difference);
  const cv::Scalar mean = cv::mean(difference, counted);
  return (mean[0] + mean[1] + mean[2]) / 3;
}

}  // namespace reenact
