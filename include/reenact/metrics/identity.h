#pragma once

#include <Eigen/Core>
#include <opencv2/core.hpp>
#include <vector>

#include "reenact/core/landmarks.h"

namespace reenact {

/// Side in pixels of the aligned face that face recognition looks at.
inline constexpr int aligned_face_size = 150;

/// Where the five alignment points lie in the aligned face, 2×5 pixels: outer and inner corner of the
/// subject's left eye, outer and inner corner of the right eye, base of the nose. They are the points that
/// dlib's get_face_chip() aims at for its 5-point model with padding 0.25, the alignment its recognition
/// network was trained with.
Eigen::Matrix<double, 2, 5> aligned_face_points();

/// Cuts out the face, turned and scaled so that its five points come closest to aligned_face_points()
/// (similarity without reflection, least squares). `image` is 8-bit BGR; the result is 150×150 BGR.
/// Pixels beyond the image are black, as in dlib. InputError for another image type or points that coincide.
cv::Mat align_face(const cv::Mat& image, const Landmarks& landmarks);

/// The aligned face as FaceEmbedding::embed() and DlibFaceEmbedding::embed() take it: three planes R, G, B in
/// [0,1].
std::vector<float> aligned_face_planes(const cv::Mat& image, const Landmarks& landmarks);

/// CSIM: cosine of the angle between two embeddings. InputError when their sizes differ or one is zero.
double cosine_similarity(const Eigen::VectorXf& a, const Eigen::VectorXf& b);

}  // namespace reenact
