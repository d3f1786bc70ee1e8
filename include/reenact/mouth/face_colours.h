#pragma once

#include <Eigen/Core>
#include <opencv2/core.hpp>
#include <optional>
#include <vector>

#include "reenact/core/mouth_patch.h"

namespace reenact {

/// Where a face's colours are measured, in pixels of its picture.
struct ColourPlaces {
  Eigen::Matrix2Xd skin;   ///< 2×23
  Eigen::Matrix2Xd inner;  ///< 2×20 lip landmarks
  Eigen::Matrix2Xd outer;  ///< 2×20
  double radius = 1;       ///< of a patch of skin
};

/// Median colours of the skin and, between their two edges, of the lips in one picture (8-bit BGR), CIE Lab.
/// `teeth` and `widest_opening` are left empty. Nothing when the face lies outside the picture.
std::optional<MouthColours> face_colours(const cv::Mat& picture, const ColourPlaces& places);

/// Median colour of what looks like lit teeth between the lips: bright, and less coloured than the skin.
/// `picture` is 8-bit BGR, `lip_edge` 2×80 in its pixels. Nothing when there is too little of it.
std::optional<Eigen::Vector3d> teeth_colour(const cv::Mat& picture, const Eigen::Matrix2Xd& lip_edge,
                                            const Eigen::Vector3d& skin);

/// Whether anything between lips, whose median colour is `lips`, is clearly less red than they are and no
/// darkness: teeth in whatever light. Otherwise as teeth_colour().
bool is_pale_between_lips(const cv::Mat& picture, const Eigen::Matrix2Xd& lip_edge,
                          const Eigen::Vector3d& lips);

/// Medians over several frames, of the teeth over the lighter half of those that show any; the widest opening
/// is the largest. `frames` is not empty.
MouthColours median_colours(const std::vector<MouthColours>& frames);

/// One 8-bit or [0,255] BGR colour as CIE Lab.
Eigen::Vector3d lab_of_bgr(const Eigen::Vector3d& bgr);

}  // namespace reenact
