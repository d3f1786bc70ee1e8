#pragma once

#include <Eigen/Core>
#include <opencv2/core.hpp>

namespace reenact {

/// Share of what the inner lip landmarks enclose that looks like neither lip, but is darkness or teeth, in
/// [0,1]; 1 where no lips are seen. Landmarks stay apart on lips that touch, most of all on full ones, and
/// this tells them from an opened mouth: lips that touch mostly have less than 0.2, opened mouths more.
///
/// `lab` is the smooth_lab() of a picture whose mouth is level and 64 pixels wide from corner to corner;
/// `inner` and `outer` are 2×20 lip landmarks in its pixels (mouth/lip_contour.h).
double share_between_lips(const cv::Mat& lab, const Eigen::Matrix2Xd& inner, const Eigen::Matrix2Xd& outer);

}  // namespace reenact
