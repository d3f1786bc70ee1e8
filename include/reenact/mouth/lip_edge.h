#pragma once

#include <Eigen/Core>
#include <opencv2/core.hpp>

#include "reenact/core/mouth_patch.h"

namespace reenact {

/// Where the lips of an opened mouth end, sought along rays from inside the mouth to the landmarks' contour.
struct LipEdge {
  Eigen::Matrix2Xd contour;  ///< 2×80, through the landmarks
  Eigen::Matrix2Xd origins;  ///< 2×80, where the rays begin
  Eigen::VectorXd inset;     ///< 80: how far inside of `contour` the lips end, along the rays
  double contrast = 0;       ///< mean over the contour of how much lips and inside differ, in [0,1]
};

/// Finds the edge in a picture whose mouth is level and 64 pixels wide from corner to corner. Landmarks of
/// lips lie beside their edge, mostly too wide, so that what they enclose has a rim of lips; it is told from
/// the inside by its colour, the lips' own a little farther out, and the edge is the best path around the
/// mouth (Viterbi). `lab` is its smooth_lab(); `inner` and `outer` are 2×20 lip landmarks in its pixels
/// (mouth/lip_contour.h).
LipEdge find_lip_edge(const cv::Mat& lab, const Eigen::Matrix2Xd& inner, const Eigen::Matrix2Xd& outer);

/// 2×80: the contour moved inwards by `inset`.
Eigen::Matrix2Xd edge_at(const LipEdge& edge, const Eigen::VectorXd& inset);

}  // namespace reenact
