#pragma once

#include <opencv2/core.hpp>

namespace reenact {

/// A picture as a linear function of another one's colours, at every pixel.
struct LocalLinearModel {
  cv::Mat slope;   ///< CV_32FC3
  cv::Mat offset;  ///< CV_32FC1
};

/// Guided filter of He, Sun and Tang (PAMI 2013) with a guide of three colours (equations 14 to 16): the
/// model that is nearest to `target` (CV_32FC1) in windows of 2·radius + 1 pixels of `guide` (CV_32FC3, in
/// [0, 1]), at pixels where `where` (CV_8UC1) holds; elsewhere it means nothing. `epsilon` holds slopes down.
/// A model may be applied to a larger version of the guide.
LocalLinearModel fit_local_linear(const cv::Mat& guide, const cv::Mat& target, int radius, double epsilon,
                                  const cv::Mat& where);

/// slope·guide + offset, held to [0, 1].
cv::Mat apply(const LocalLinearModel& model, const cv::Mat& guide);

}  // namespace reenact
