#include "reenact/metrics/identity.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "reenact/compose/crop_image.h"
#include "reenact/core/error.h"
#include "reenact/core/landmark_indices.h"

namespace reenact {

namespace {

using FivePoints = Eigen::Matrix<double, 2, 5>;

constexpr double padding = 0.25;

/// Indices of the five alignment points, in the order of aligned_face_points().
std::array<int, 5> alignment_indices(LandmarkScheme scheme) {
  if (scheme == LandmarkScheme::dlib68) {
    return {ibug68::left_eye_outer, ibug68::left_eye_inner, ibug68::right_eye_outer, ibug68::right_eye_inner,
            ibug68::nose_base};
  }
  return {mesh468::left_eye_outer, mesh468::left_eye_inner, mesh468::right_eye_outer,
          mesh468::right_eye_inner, mesh468::nose_base};
}

FivePoints alignment_points(const Landmarks& landmarks) {
  if (landmarks.points.cols() != landmark_count(landmarks.scheme) || !landmarks.points.allFinite()) {
    throw InputError("a face can only be aligned by finite landmarks of a known scheme");
  }
  const std::array<int, 5> indices = alignment_indices(landmarks.scheme);
  FivePoints points;
  for (int i = 0; i < 5; ++i) points.col(i) = landmarks.points.col(indices[static_cast<std::size_t>(i)]);
  if ((points.colwise() - points.col(0)).norm() < 1) {
    throw InputError("a face can only be aligned by landmarks that do not coincide");
  }
  return points;
}

/// The similarity without reflection that brings `points` closest to `targets` in the least-squares sense:
/// the scaled turn (a, b) of the centred points, a = Σ p·q / Σ|p|² and b = Σ p×q / Σ|p|², and the shift of
/// the means.
cv::Matx23d similarity(const FivePoints& points, const FivePoints& targets) {
  const Eigen::Vector2d from = points.rowwise().mean();
  const Eigen::Vector2d to = targets.rowwise().mean();
  const FivePoints p = points.colwise() - from;
  const FivePoints q = targets.colwise() - to;
  const double a = p.cwiseProduct(q).sum() / p.squaredNorm();
  const double b = (p.row(0).dot(q.row(1)) - p.row(1).dot(q.row(0))) / p.squaredNorm();
  return {a, -b, to.x() - a * from.x() + b * from.y(), b, a, to.y() - b * from.x() - a * from.y()};
}

}  // namespace

Eigen::Matrix<double, 2, 5> aligned_face_points() {
  FivePoints unpadded;  // fractions of the face box: dlib 19.24, get_face_chip_details()
  unpadded << 0.8595674595992, 0.6460604764104, 0.1205750620789, 0.3340850613712, 0.4901123135679,
      0.2134981538014, 0.2289674387677, 0.2137274526848, 0.2290642403242, 0.6277975316475;
  return (unpadded.array() + padding) / (1 + 2 * padding) * aligned_face_size;
}

cv::Mat align_face(const cv::Mat& image, const Landmarks& landmarks) {
  if (image.empty() || image.type() != CV_8UC3) {
    throw InputError("a picture to align a face in must be 8-bit colour and not empty");
  }
  cv::Matx23d aligned_from_image = similarity(alignment_points(landmarks), aligned_face_points());
  // Halve the picture (a blur and every second pixel) until less than two pixels fall on one, against
  // aliasing.
  cv::Mat shrunk = image;
  while (std::hypot(aligned_from_image(0, 0), aligned_from_image(1, 0)) < 0.5 &&
         std::min(shrunk.rows, shrunk.cols) > 1) {
    cv::Mat half;
    cv::pyrDown(shrunk, half);
    shrunk = half;
    aligned_from_image = aligned_from_image * cv::Matx33d::diag({2, 2, 1});
  }
  cv::Mat aligned;
  cv::warpAffine(shrunk, aligned, aligned_from_image, {aligned_face_size, aligned_face_size},
                 cv::INTER_LINEAR, cv::BORDER_CONSTANT, cv::Scalar::all(0));
  return aligned;
}

std::vector<float> aligned_face_planes(const cv::Mat& image, const Landmarks& landmarks) {
  return rgb_planes(align_face(image, landmarks));
}

double cosine_similarity(const Eigen::VectorXf& a, const Eigen::VectorXf& b) {
  const double norms = static_cast<double>(a.norm()) * static_cast<double>(b.norm());
  if (a.size() != b.size() || !(norms > 0)) {
    throw InputError("only embeddings of one size that are not zero can be compared");
  }
  return a.cast<double>().dot(b.cast<double>()) / norms;
}

}  // namespace reenact
