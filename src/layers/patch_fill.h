#pragma once

#include <opencv2/core.hpp>

namespace reenact {

/// `start` (CV_32FC3, in [0, 1]) with its hole made up of patches of 7×7 pixels, so that textures and edges
/// go on. At the coarsest size pixels are made up one after the other from the hole's edge inwards (Efros and
/// Leung, Texture synthesis by non-parametric sampling, ICCV 1999); then all patches are brought to agree,
/// from coarse to fine (Wexler, Shechtman, Irani, Space-time completion of video, PAMI 2007; nearest patches
/// by PatchMatch, Barnes et al., SIGGRAPH 2009, and the sum of absolute differences). `hole` and `copied`,
/// from where patches may come, are CV_8UC1; `cm` is in pixels. Returns `start` where no patch can be copied.
/// Depends on nothing but the arguments.
cv::Mat fill_by_patches(const cv::Mat& start, const cv::Mat& hole, const cv::Mat& copied, double cm);

}  // namespace reenact
