#pragma once

#include <memory>
#include <opencv2/core.hpp>

#include "reenact/core/landmarks.h"
#include "reenact/infer/landmark_networks.h"

namespace reenact {

/// Face region to look at, in image pixels: centre and side of the face box (before the 1.5× margin) and
/// the roll in radians (positive clockwise in the image) that the crop undoes so that the eyes are level.
struct FaceBox {
  Eigen::Vector2d centre = Eigen::Vector2d::Zero();
  double side = 0;
  double roll_rad = 0;
};

/// Box for the next frame (or for a second, finer look) from landmarks of either scheme.
FaceBox face_box_from_landmarks(const Landmarks& landmarks);

/// Box from a detector's rectangle.
FaceBox face_box_from_detection(const cv::Rect2d& box);

/// Crops the face, runs the networks and maps the points back: 468 points with eye contours refined by
/// the iris network, and 10 iris points. `image` is 8-bit BGR. The score says whether there is a face.
Landmarks locate_dense_landmarks(const LandmarkNetworks& networks, const cv::Mat& image, const FaceBox& box);

}  // namespace reenact
