#pragma once

#include <opencv2/core.hpp>

#include "reenact/eyes/lid_curves.h"

namespace reenact {

struct IrisCircle {
  Eigen::Vector2f centre = Eigen::Vector2f::Zero();  ///< pixels
  float radius = 1;
  float contrast = 0;  ///< mean outward step of brightness across its visible edge, of 255
};

/// The circle near `guess` whose visible edge has the greatest outward step of brightness; `grey` is CV_32F.
/// Places and radii far from the guess need a greater step (Daugman's integro-differential operator, IEEE
/// Trans. PAMI 15, 1993, with a prior).
IrisCircle find_iris(const cv::Mat& grey, const IrisCircle& guess, const LidCurves& lids);

}  // namespace reenact
