#pragma once

#include <opencv2/core.hpp>

namespace reenact {

/// What may be in a picture (CV_32FC3) where `clean` (CV_8UC1) does not hold, put together from the picture's
/// own patches of 7×7 pixels, at up to 8 pixels a cm and from coarse to fine, so that edges go on (Wexler,
/// Shechtman, Irani, Space-time completion of video, PAMI 2007; correspondences by Barnes et al., PatchMatch,
/// SIGGRAPH 2009). Of patches that are alike the nearer one is taken; grain, which their mean loses, is that
/// of the best one. Where nothing suits beside what is clean, all is shifted so that no step is seen (Gortler
/// et al., The lumigraph, SIGGRAPH 1996, section 3.4, of the differences). It begins with `first_guess`,
/// which is what it gives where no patch is clean altogether. What is clean is left alone. `cm` is in pixels.
/// The same input gives the same result.
cv::Mat fill_by_patches(const cv::Mat& picture, const cv::Mat& clean, const cv::Mat& first_guess, double cm);

}  // namespace reenact
