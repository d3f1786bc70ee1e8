#pragma once

#include <cmath>
#include <functional>
#include <opencv2/core.hpp>

#include "reenact/core/face_model.h"
#include "reenact/core/pose.h"
#include "reenact/render/conditioning.h"
#include "reenact/render/rasterizer.h"

namespace reenact::test {

inline constexpr int view_size = 128;

inline FaceState face_at(const FaceModel& model, const HeadAngles& angles = {}) {
  FaceState state;
  state.identity = Eigen::VectorXd::Zero(model.identity_count());
  state.expression = Eigen::VectorXd::Zero(model.expression_count());
  state.pose = {rotation_from_angles(angles), 5.5, {64, 66}};
  return state;
}

/// The head, its skin as bright as `luma` says of a neutral coordinate, before a plain background. 8-bit
/// grey.
inline cv::Mat drawn(const FaceModel& model, const FaceState& state,
                     const std::function<double(const Eigen::Vector3f&)>& luma) {
  Raster raster;
  rasterize(project(state.pose, shape_face(model, state.identity, state.expression, state.gaze)),
            model.triangles, view_size, false, raster);
  cv::Mat_<std::uint8_t> picture(view_size, view_size, std::uint8_t{90});
  for (int i = 0; i < view_size * view_size; ++i) {
    const auto pixel = static_cast<std::size_t>(i);
    if (raster.triangle[pixel] < 0) continue;
    const Eigen::Vector3i corners = model.triangles.col(raster.triangle[pixel]);
    Eigen::Vector3f place = Eigen::Vector3f::Zero();
    for (int k = 0; k < 3; ++k) {
      place +=
          raster.barycentric[static_cast<std::size_t>(k)][pixel] * model.neutral_coordinates.col(corners[k]);
    }
    picture(i / view_size, i % view_size) = cv::saturate_cast<std::uint8_t>(luma(place));
  }
  return picture;
}

/// Skin with soft spots, which tell optical flow where it is.
inline double plain_skin(const Eigen::Vector3f& place) {
  return 150 + 12 * std::sin(30 * place.x() + 9 * place.y()) + 12 * std::sin(27 * place.y() - 5 * place.x());
}

/// A place on the subject's left cheek.
inline const Eigen::Vector2f fold_place(0.66F, 0.42F);

/// The same with a dark fold, 6 % of the head wide, across that cheek.
inline double folded_skin(const Eigen::Vector3f& place) {
  const Eigen::Vector2f away = place.head<2>() - fold_place;
  const bool on_front = place.z() > 0.5F;
  const double depth = on_front ? 0.25 * std::exp(-(away / 0.03F).squaredNorm()) : 0;
  return plain_skin(place) * (1 - depth);
}

}  // namespace reenact::test
