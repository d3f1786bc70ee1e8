#pragma once

#include <opencv2/core.hpp>
#include <string>

namespace reenact {

/// "320x240".
std::string size_text(const cv::Size& size);

/// Throws InputError unless both pictures are 8-bit BGR, not empty and of one size.
void require_same_pictures(const cv::Mat& image, const cv::Mat& reference);

/// Throws InputError unless the mask has one 8-bit channel and this size.
void require_mask(const cv::Mat& mask, const cv::Size& size);

}  // namespace reenact
