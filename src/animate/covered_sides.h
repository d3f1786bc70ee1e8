#pragma once

#include <Eigen/Core>
#include <opencv2/core.hpp>

#include "reenact/core/face_model.h"
#include "reenact/core/landmarks.h"
#include "reenact/render/conditioning.h"

namespace reenact {

/// A square of a photo with the face that was fitted to it.
struct FittedPhoto {
  cv::Mat picture;      ///< CV_8UC3, B, G, R
  cv::Mat alpha;        ///< CV_8UC1, how much of a pixel the person covers
  Landmarks landmarks;  ///< mesh468, in pixels of the square
  FaceState state;      ///< likewise
};

/// How much of the surface at each vertex of `model`, V in [0, 1], lies behind hair, a scarf or the like in
/// the photo: above the chin, where the photo sees the surface from the side (a cheek's edge, an ear, the
/// head behind) and shows no skin. What it does not show is as what it shows beside it. 0 elsewhere.
Eigen::VectorXf covered_sides(const FaceModel& model, const FittedPhoto& photo);

}  // namespace reenact
