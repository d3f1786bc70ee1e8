#pragma once

#include <opencv2/core.hpp>

#include "layers/matte.h"

namespace reenact {

/// Parts of the person that the trimap counts as background: locks and strands of hair which stand out before
/// a plain wall. They join what is surely the person and are coloured as it is beside them. CV_8UC1; empty of
/// them where the background around the head (`head`, its rows of `picture`, CV_32FC3 in [0, 1]) is not plain.
cv::Mat strands_before_plain(const cv::Mat& picture, const Trimap& trimap, const cv::Range& head, double cm);

}  // namespace reenact
