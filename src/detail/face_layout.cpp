#include "detail/face_layout.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <array>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "reenact/core/error.h"
#include "reenact/core/landmark_indices.h"
#include "reenact/render/rasterizer.h"

namespace reenact {
namespace {

constexpr double margin = 1.02;  ///< side of the layout over the longer side of the face
constexpr double lid_margin_cm = 0.25;
constexpr double lip_margin_cm = 0.25;
constexpr double nostril_radius_cm = 0.35;
constexpr double edge_fade_cm = 0.8;

constexpr std::array<int, 3> nostrils = {98, 327, mesh468::nose_base};

Eigen::Matrix3Xi face_triangles(const FaceModel& model) {
  Eigen::Matrix3Xi triangles(3, model.triangles.cols());
  Eigen::Index count = 0;
  for (Eigen::Index t = 0; t < model.triangles.cols(); ++t) {
    const auto in_face = [&](Eigen::Index corner) {
      return model.region[static_cast<std::size_t>(model.triangles(corner, t))] == Region::face;
    };
    if (in_face(0) && in_face(1) && in_face(2)) triangles.col(count++) = model.triangles.col(t);
  }
  return triangles.leftCols(count);
}

Pose frontal_camera(const FaceModel& model) {
  Eigen::AlignedBox2f box;
  for (Eigen::Index v = 0; v < model.vertex_count(); ++v) {
    if (model.region[static_cast<std::size_t>(v)] == Region::face) box.extend(model.mean.col(v).head<2>());
  }
  if (box.isEmpty()) throw ModelError("face model '" + model.name + "' has no vertex in its face");
  const double scale = shading_side / (margin * static_cast<double>(box.sizes().maxCoeff()));
  const Eigen::Vector2d centre = box.center().cast<double>();
  const double middle = 0.5 * (shading_side - 1);
  return {Eigen::Quaterniond::Identity(), scale,
          Eigen::Vector2d(middle - scale * centre.x(), middle + scale * centre.y())};
}

Eigen::Matrix3Xf vertex_normals(const Eigen::Matrix3Xf& vertices, const Eigen::Matrix3Xi& triangles) {
  Eigen::Matrix3Xf normals = Eigen::Matrix3Xf::Zero(3, vertices.cols());
  for (Eigen::Index t = 0; t < triangles.cols(); ++t) {
    const Eigen::Vector3i corner = triangles.col(t);
    const Eigen::Vector3f a = vertices.col(corner[0]);
    const Eigen::Vector3f normal = (vertices.col(corner[1]) - a).cross(vertices.col(corner[2]) - a);
    for (int i = 0; i < 3; ++i) normals.col(corner[i]) += normal;
  }
  normals.colwise().normalize();
  return normals;
}

/// Where mesh468 points lie in the layout.
template <std::size_t count>
std::vector<cv::Point2f> places_of(const FaceModel& model, const Eigen::Matrix3Xf& posed,
                                   const std::array<int, count>& points) {
  std::vector<cv::Point2f> places;
  for (const int point : points) {
    const Eigen::Vector3i corners = model.triangles.col(model.landmarks468.triangle[point]);
    Eigen::Vector3f place = Eigen::Vector3f::Zero();
    for (int i = 0; i < 3; ++i) {
      place += model.landmarks468.barycentric(i, point) * posed.col(corners[i]);
    }
    places.emplace_back(place.x(), place.y());
  }
  return places;
}

/// Draws the convex hull of points and a margin around it in black.
void blacken(cv::Mat& mask, const std::vector<cv::Point2f>& places, double margin_px) {
  constexpr int subpixel_bits = 4;
  std::vector<cv::Point2f> hull;
  cv::convexHull(places, hull);
  std::vector<cv::Point> corners;
  for (const cv::Point2f& place : hull) corners.emplace_back(place * (1 << subpixel_bits));
  cv::fillConvexPoly(mask, corners, cv::Scalar(0), cv::LINE_8, subpixel_bits);
  const int width = std::max(1, cvRound(2 * margin_px));
  cv::polylines(mask, corners, /*isClosed=*/true, cv::Scalar(0), width, cv::LINE_8, subpixel_bits);
}

/// Index of the nearest texel of the face, for all texels.
std::vector<int> nearest_on_face(const cv::Mat& on_face) {
  const cv::Mat off_face = on_face == 0;
  cv::Mat distance;
  cv::Mat_<int> label;
  cv::distanceTransform(off_face, distance, label, cv::DIST_L2, 5, cv::DIST_LABEL_PIXEL);
  std::vector<int> texel_of_label(on_face.total() + 1, 0);
  std::vector<int> nearest;
  for (int i = 0; i < static_cast<int>(on_face.total()); ++i) {
    if (on_face.data[i] != 0)
      texel_of_label[static_cast<std::size_t>(label(i / shading_side, i % shading_side))] = i;
  }
  for (const int value : label) nearest.push_back(texel_of_label[static_cast<std::size_t>(value)]);
  return nearest;
}

}  // namespace

FaceLayout make_face_layout(const FaceModel& model) {
  if (model.landmarks468.size() == 0) {
    throw ModelError("face model '" + model.name + "' has no mesh468 landmarks; use another face model");
  }
  FaceLayout layout;
  layout.camera = frontal_camera(model);
  layout.triangles = face_triangles(model);
  const Eigen::Matrix3Xf posed = project(layout.camera, model.mean);
  const Eigen::Matrix3Xf normals = vertex_normals(model.mean, layout.triangles);
  Raster raster;
  rasterize(posed, layout.triangles, shading_side, /*two_sided=*/false, raster);

  cv::Mat_<std::uint8_t> on_face(shading_side, shading_side);
  std::transform(raster.triangle.begin(), raster.triangle.end(), on_face.begin(),
                 [](std::int32_t triangle) -> std::uint8_t { return triangle >= 0 ? 255 : 0; });
  const std::vector<int> nearest = nearest_on_face(on_face);
  const auto texels = static_cast<Eigen::Index>(nearest.size());
  layout.corners.resize(3, texels);
  layout.weights.resize(3, texels);
  layout.normals.resize(3, texels);
  layout.depth.create(shading_side, shading_side);
  for (Eigen::Index texel = 0; texel < texels; ++texel) {
    const auto from = static_cast<std::size_t>(nearest[static_cast<std::size_t>(texel)]);
    const Eigen::Vector3i corners = layout.triangles.col(raster.triangle[from]);
    const Eigen::Vector3f weights(raster.weights(from).data());
    layout.corners.col(texel) = corners;
    layout.weights.col(texel) = weights;
    Eigen::Vector3f normal = Eigen::Vector3f::Zero();
    float depth = 0;
    for (int i = 0; i < 3; ++i) {
      normal += weights[i] * normals.col(corners[i]);
      depth += weights[i] * model.mean(2, corners[i]);
    }
    layout.normals.col(texel) = normal.normalized();
    layout.depth(static_cast<int>(texel) / shading_side, static_cast<int>(texel) % shading_side) = depth;
  }

  cv::Mat skin = on_face.clone();
  const double texels_per_cm = layout.texels_per_cm();
  blacken(skin, places_of(model, posed, mesh468::right_eye), lid_margin_cm * texels_per_cm);
  blacken(skin, places_of(model, posed, mesh468::left_eye), lid_margin_cm * texels_per_cm);
  blacken(skin, places_of(model, posed, mesh468::outer_lips), lip_margin_cm * texels_per_cm);
  for (const cv::Point2f& nostril : places_of(model, posed, nostrils)) {
    cv::circle(skin, nostril, cvRound(nostril_radius_cm * texels_per_cm), cv::Scalar(0), cv::FILLED);
  }
  skin.convertTo(layout.skin, CV_32F, 1 / 255.0);

  cv::Mat padded;
  cv::Mat distance;
  cv::copyMakeBorder(on_face, padded, 1, 1, 1, 1, cv::BORDER_CONSTANT, cv::Scalar(0));
  cv::distanceTransform(padded, distance, cv::DIST_L2, 5);
  distance = distance(cv::Rect(1, 1, shading_side, shading_side)) / (edge_fade_cm * texels_per_cm);
  layout.edge_fade = cv::min(distance, 1.0F);
  return layout;
}

}  // namespace reenact
