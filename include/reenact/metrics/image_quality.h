#pragma once

#include <opencv2/core.hpp>
#include <optional>

namespace reenact {

// Full-reference picture quality. Pictures are 8-bit BGR of one size, masks 8-bit with one channel where
// anything but 0 counts. All functions throw InputError for anything else.

/// Peak signal-to-noise ratio in dB over all pixels and channels: 10 log10(255² / MSE). Infinite for equal
/// pictures.
double psnr(const cv::Mat& image, const cv::Mat& reference);

/// PSNR over the pixels of the mask; nothing when the mask is empty.
std::optional<double> masked_psnr(const cv::Mat& image, const cv::Mat& reference, const cv::Mat& mask);

/// Structural similarity (Wang, Bovik, Sheikh and Simoncelli, IEEE TIP 2004, equation 13): 11×11 Gaussian
/// window with σ 1.5, K1 = 0.01, K2 = 0.03, range 255, on each colour channel. The mean of the three maps
/// over all windows that lie inside the picture, so both sides must have at least 11 pixels.
double ssim(const cv::Mat& image, const cv::Mat& reference);

/// Mean of the same maps over the pixels of the mask, with the picture mirrored at its border; nothing when
/// the mask is empty.
std::optional<double> masked_ssim(const cv::Mat& image, const cv::Mat& reference, const cv::Mat& mask);

}  // namespace reenact
