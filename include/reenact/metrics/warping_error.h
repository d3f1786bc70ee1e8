#pragma once

#include <opencv2/core.hpp>
#include <optional>

namespace reenact {

/// Flicker between two consecutive frames: mean absolute difference (0 to 255, over the three channels) of
/// the frame to the previous one warped onto it (Lai et al., "Learning Blind Video Temporal Consistency",
/// ECCV 2018, with the absolute instead of the squared difference).
///
/// `frame` and `previous` are 8-bit BGR of one size. `flow` (CV_32FC2, pixels) leads back in time: pixel p of
/// the frame shows what the previous frame has at p + flow(p). `mask` (8-bit, not 0) holds where the flow is
/// valid and the point was visible in both. Pixels whose flow leaves the previous frame do not count. Nothing
/// when no pixel counts. InputError for anything else.
std::optional<double> warping_error(const cv::Mat& frame, const cv::Mat& previous, const cv::Mat& flow,
                                    const cv::Mat& mask);

}  // namespace reenact
