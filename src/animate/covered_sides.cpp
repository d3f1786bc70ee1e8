#include "animate/covered_sides.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "animate/face_skin.h"
#include "reenact/core/landmark_indices.h"
#include "reenact/render/rasterizer.h"

namespace reenact {
namespace {

constexpr float side_facing = 0.6F;  ///< cosine between normal and viewer, below which the photo shows a side
constexpr double blur_sigma = 0.04;  ///< of the skin's mask, in distances of the outer eye corners
constexpr float least_person = 0.2F;        ///< of the pixels around one, from which they tell something
constexpr float depth_tolerance_cm = 0.3F;  ///< by which a visible vertex may lie behind the mesh

/// Unit normals of the vertices, 3×V, y up and z to the viewer.
Eigen::Matrix3Xf normals_of(const Eigen::Matrix3Xf& vertices, const Eigen::Matrix3Xi& triangles) {
  Eigen::Matrix3Xf normals = Eigen::Matrix3Xf::Zero(3, vertices.cols());
  for (Eigen::Index t = 0; t < triangles.cols(); ++t) {
    const Eigen::Vector3f a = vertices.col(triangles(0, t));
    const Eigen::Vector3f b = vertices.col(triangles(1, t));
    const Eigen::Vector3f c = vertices.col(triangles(2, t));
    const Eigen::Vector3f area = (b - a).cross(c - a);
    for (int i = 0; i < 3; ++i) normals.col(triangles(i, t)) += area;
  }
  for (Eigen::Index i = 0; i < normals.cols(); ++i) normals.col(i).stableNormalize();
  return normals;
}

/// Of the person around each pixel the share that is no skin, CV_32FC1; below 0 where there is hardly any
/// person.
cv::Mat share_without_skin(const FittedPhoto& photo) {
  const FaceSkin skin(photo.picture, photo.landmarks);
  cv::Mat person(photo.picture.size(), CV_32FC1);
  cv::Mat other(photo.picture.size(), CV_32FC1);
  for (int y = 0; y < person.rows; ++y) {
    for (int x = 0; x < person.cols; ++x) {
      const float alpha = static_cast<float>(photo.alpha.at<std::uint8_t>(y, x)) / 255.0F;
      person.at<float>(y, x) = alpha;
      other.at<float>(y, x) = skin.at(cv::Point2d(x, y)) ? 0.0F : alpha;
    }
  }
  const double sigma = blur_sigma * interocular_distance(photo.landmarks);
  cv::GaussianBlur(person, person, {}, sigma);
  cv::GaussianBlur(other, other, {}, sigma);
  other /= cv::max(person, least_person);
  other.setTo(-1.0F, person < least_person);
  return other;
}

/// Gives vertices that are not known the mean of their neighbours, ring by ring.
void spread(const Eigen::Matrix3Xi& triangles, std::vector<bool> known, Eigen::VectorXf& values) {
  Eigen::VectorXf sums(values.size());
  Eigen::VectorXf counts(values.size());
  for (bool goes_on = true; goes_on;) {
    sums.setZero();
    counts.setZero();
    for (Eigen::Index t = 0; t < triangles.cols(); ++t) {
      for (const int from : triangles.col(t)) {
        if (!known[static_cast<std::size_t>(from)]) continue;
        for (const int to : triangles.col(t)) {
          sums[to] += values[from];
          counts[to] += 1.0F;
        }
      }
    }
    goes_on = false;
    for (Eigen::Index i = 0; i < values.size(); ++i) {
      const auto vertex = static_cast<std::size_t>(i);
      if (known[vertex] || counts[i] == 0.0F) continue;
      values[i] = sums[i] / counts[i];
      known[vertex] = true;
      goes_on = true;
    }
  }
}

}  // namespace

Eigen::VectorXf covered_sides(const FaceModel& model, const FittedPhoto& photo) {
  const Eigen::Matrix3Xf shape =
      shape_face(model, photo.state.identity, photo.state.expression, photo.state.gaze);
  const Eigen::Matrix3Xf points = project(photo.state.pose, shape);
  const int size = photo.picture.rows;
  Raster raster;
  rasterize(points, model.triangles, size, false, raster);
  const cv::Mat without_skin = share_without_skin(photo);

  const Eigen::Index count = model.vertex_count();
  const Eigen::RowVector3f viewer = photo.state.pose.rotation.toRotationMatrix().row(2).cast<float>();
  const Eigen::RowVectorXf facing = viewer * normals_of(shape, model.triangles);
  Eigen::VectorXf covered = Eigen::VectorXf::Zero(count);
  std::vector<bool> known(static_cast<std::size_t>(count), false);
  const float chin = model.mean(1, model.landmarks68[ibug68::chin]);
  const float tolerance = depth_tolerance_cm * static_cast<float>(photo.state.pose.scale);
  for (Eigen::Index i = 0; i < count; ++i) {
    const auto vertex = static_cast<std::size_t>(i);
    const bool is_surface = model.region[vertex] == Region::face || model.region[vertex] == Region::head;
    if (!is_surface || facing[i] >= side_facing || model.mean(1, i) < chin) {
      known[vertex] = true;
      continue;
    }
    const cv::Point pixel(static_cast<int>(std::lround(points(0, i))),
                          static_cast<int>(std::lround(points(1, i))));
    if (!cv::Rect(0, 0, size, size).contains(pixel)) continue;
    const std::size_t at = static_cast<std::size_t>(pixel.y) * static_cast<std::size_t>(size) +
                           static_cast<std::size_t>(pixel.x);
    if (raster.triangle[at] < 0 || std::abs(raster.depth[at] - points(2, i)) > tolerance) continue;
    if (without_skin.at<float>(pixel) < 0.0F) continue;
    known[vertex] = true;
    covered[i] = without_skin.at<float>(pixel);
  }

  spread(model.triangles, known, covered);
  return covered;
}

}  // namespace reenact
