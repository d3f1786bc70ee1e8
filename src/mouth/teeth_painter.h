#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "reenact/mouth/mouth_placer.h"
#include "reenact/mouth/own_teeth.h"

namespace reenact {

/// Puts the photo's upper teeth in the place of the driver's in `patch`, the inside of its mouth in the
/// pixels of `box`, float BGR in the colours of the photo. What only the driver's covered becomes dark.
void show_own_teeth(cv::Mat_<cv::Vec3f>& patch, const cv::Rect& box, const PlacedMouth& mouth,
                    const OwnTeeth& teeth);

/// Puts typical upper teeth where `mouth.drawn_row` lies, which there is, in the place of the driver's, in
/// whose colours `patch` still is. They take its teeth's light, and where it shows none `teeth.white`.
/// `across` is the place of each column between the corners of the mouth, −1 to 1; `softness` the standard
/// deviation of their edges, pixels.
void show_drawn_teeth(cv::Mat_<cv::Vec3f>& patch, const cv::Rect& box, const PlacedMouth& mouth,
                      const std::vector<float>& across, const TeethTint& teeth, double softness);

}  // namespace reenact
