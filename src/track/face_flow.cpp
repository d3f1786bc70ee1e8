#include "reenact/track/face_flow.h"

#include <cmath>

namespace reenact {
namespace {

/// A point counts as hidden when something this much nearer (in pixels of depth) is drawn in its place.
constexpr float depth_tolerance_px = 2.0F;

/// Triangles all of whose corners belong to the face.
Eigen::Matrix3Xi face_triangles(const FaceModel& model) {
  Eigen::Matrix3Xi triangles(3, model.triangles.cols());
  Eigen::Index count = 0;
  for (Eigen::Index t = 0; t < model.triangles.cols(); ++t) {
    const auto in_face = [&](int corner) {
      const Region region = model.region[static_cast<std::size_t>(model.triangles(corner, t))];
      return region != Region::head;
    };
    if (in_face(0) && in_face(1) && in_face(2)) triangles.col(count++) = model.triangles.col(t);
  }
  return triangles.leftCols(count);
}

Eigen::Vector3f surface_point(const Eigen::Matrix3Xf& vertices, const Eigen::Matrix3Xi& triangles,
                              const Raster& raster, std::size_t pixel) {
  const Eigen::Vector3i corners = triangles.col(raster.triangle[pixel]);
  return interpolate(vertices, corners, raster.weights(pixel).data());
}

}  // namespace

cv::Mat ProjectedFace::mask(cv::Size size) const {
  cv::Mat mask(size, CV_8UC1);
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      mask.at<uchar>(y, x) = raster.triangle[static_cast<std::size_t>(y) * raster.size + x] >= 0 ? 255 : 0;
    }
  }
  return mask;
}

ProjectedFace project_visible_face(const FaceModel& model, const FaceState& state, int size) {
  ProjectedFace face;
  face.vertices = project(state.pose, shape_face(model, state.identity, state.expression, state.gaze));
  rasterize(face.vertices, face_triangles(model), size, false, face.raster);
  return face;
}

FaceFlow flow_between(const FaceModel& model, const ProjectedFace& now, const ProjectedFace& before,
                      cv::Size size) {
  const Eigen::Matrix3Xi triangles = face_triangles(model);
  FaceFlow result{cv::Mat(size, CV_32FC2, cv::Scalar::all(0)), cv::Mat(size, CV_8UC1, cv::Scalar::all(0))};
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      const auto pixel = static_cast<std::size_t>(y) * now.raster.size + x;
      if (now.raster.triangle[pixel] < 0) continue;
      const Eigen::Vector3f then = surface_point(before.vertices, triangles, now.raster, pixel);
      const int then_x = static_cast<int>(std::lround(then.x()));
      const int then_y = static_cast<int>(std::lround(then.y()));
      if (then_x < 0 || then_y < 0 || then_x >= size.width || then_y >= size.height) continue;
      const float nearest =
          before.raster.depth[static_cast<std::size_t>(then_y) * before.raster.size + then_x];
      if (nearest > then.z() + depth_tolerance_px) continue;
      result.flow.at<cv::Vec2f>(y, x) = {then.x() - static_cast<float>(x), then.y() - static_cast<float>(y)};
      result.mask.at<uchar>(y, x) = 255;
    }
  }
  return result;
}

}  // namespace reenact
