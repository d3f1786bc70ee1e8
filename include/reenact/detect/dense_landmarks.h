#pragma once

#include <Eigen/Core>
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

/// Box for the next frame (or for a second, finer look) from landmarks of either scheme: the square
/// around the points, measured along the line of the outer eye corners (MediaPipe measures it upright,
/// which makes it larger for tilted heads).
FaceBox face_box_from_landmarks(const Landmarks& landmarks);

/// Box from FaceDetector's rectangle; upright, good enough for a first look.
FaceBox face_box_from_detection(const cv::Rect2d& box);

/// Crops the face, runs the networks and maps the points back: 468 points (Kartynnik et al., "Real-time
/// Facial Surface Geometry from Monocular Video on Mobile GPUs", 2019), of which the 2×16 of the eye
/// contours are refined by the iris network, and 10 iris points (Ablavatski et al., "Real-time Pupil Tracking
/// from Monocular Video for Digital Puppetry", 2020). `image` is 8-bit BGR; what lies outside it counts as
/// black. The score says whether there is a face.
Landmarks locate_dense_landmarks(const LandmarkNetworks& networks, const cv::Mat& image, const FaceBox& box);

/// Looks at the eyes again, a dozen times each with shifted, turned and scaled crops, and puts the means of
/// their contours and irises into `landmarks`, and how much they differ into its eye_spread. The iris network
/// errs by one or two percent of an eye's width, differently in every crop.
void relocate_eyes(const LandmarkNetworks& networks, const cv::Mat& image, Landmarks& landmarks);

}  // namespace reenact
