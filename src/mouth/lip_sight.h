#pragma once

#include <Eigen/Core>
#include <opencv2/core.hpp>

#include "mouth/mouth_view.h"
#include "reenact/mouth/lip_edge.h"

namespace reenact {

/// The picture of a mouth in which its lips are told apart: smooth, level, 64 pixels from corner to corner.
struct LipSight {
  cv::Mat lab;             ///< smooth_lab()
  Eigen::Matrix2Xd inner;  ///< 2×20 lip landmarks in its pixels
  Eigen::Matrix2Xd outer;
};

/// `view` has a picture.
LipSight sight_of_lips(const MouthView& view);

/// In [0,1]: how far lips part, 0 where they touch although their landmarks stay apart.
double lips_parted(const MouthView& view, const LipSight& lips);

/// In [0,1]: how far an edge of the lips found in a view is to be believed.
double edge_confidence(const MouthView& view, const LipEdge& edge);

/// Places in the picture of `view`, from those in its LipSight.
Eigen::Matrix2Xd in_view(const Eigen::Matrix2Xd& in_sight);

}  // namespace reenact
