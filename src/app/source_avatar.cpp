#include "reenact/app/source_avatar.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "reenact/compose/crop_image.h"
#include "reenact/core/error.h"

namespace reenact {
namespace {

constexpr double crop_over_head_height = 1.6;

FaceState state_of(const FaceFit& fit) { return {fit.identity, fit.expression, fit.gaze, fit.pose}; }

/// H.264 with 4:2:0 colour needs even sides.
int even(double length) { return std::max(2, 2 * static_cast<int>(std::floor(length / 2))); }

}  // namespace

CropSquare head_crop(const FaceModel& model, const FaceFit& fit) {
  const Eigen::Matrix3Xf vertices =
      project(fit.pose, shape_face(model, fit.identity, Eigen::VectorXd(), Gaze()));
  Eigen::AlignedBox2f head;
  for (Eigen::Index i = 0; i < vertices.cols(); ++i) {
    if (model.head_weight(i) >= 1.0F) head.extend(vertices.col(i).head<2>());
  }
  if (head.isEmpty()) throw ModelError("face model '" + model.name + "' has no vertex with head weight 1");
  const double side = crop_over_head_height * static_cast<double>(head.sizes().maxCoeff());
  const Eigen::Vector2d corner = head.center().cast<double>() - Eigen::Vector2d::Constant(side / 2);
  return {corner.x(), corner.y(), side};
}

SourceAvatar::SourceAvatar(const cv::Mat& photo, const Landmarks& landmarks, const FaceModel& model,
                           const FaceFitter& fitter, Generator& generator, const SourceOptions& options)
    : fit_(fitter.fit_photo(landmarks)),
      crop_(head_crop(model, fit_)),
      network_size_(generator.info().image_size) {
  FaceState source = state_of(fit_);
  source.pose = pose_in_crop(fit_.pose, crop_, network_size_);
  renderer_.emplace(model, source, network_size_);
  generator.initialize(rgb_planes(extract_crop(photo, crop_, network_size_)), renderer_->source_maps());

  CropSquare crop_in_canvas = crop_;
  if (options.crop_only) {
    const int side = options.size > 0 ? even(options.size) : even(crop_.side);
    canvas_ = extract_crop(photo, crop_, side);
    crop_in_canvas = {-0.5, -0.5, static_cast<double>(side)};
  } else {
    const double longer = std::max(photo.cols, photo.rows);
    const double scale = options.size > 0 ? options.size / longer : 1.0;
    const cv::Size size(even(photo.cols * scale), even(photo.rows * scale));
    if (options.size > 0) {
      cv::resize(photo, canvas_, size, 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
      const double sx = static_cast<double>(size.width) / photo.cols;
      const double sy = static_cast<double>(size.height) / photo.rows;
      crop_in_canvas = {(crop_.left + 0.5) * sx - 0.5, (crop_.top + 0.5) * sy - 0.5, crop_.side * sx};
    } else {
      canvas_ = photo(cv::Rect(cv::Point(0, 0), size)).clone();
    }
  }
  compositor_.emplace(canvas_, crop_in_canvas);
}

const ConditioningMaps& SourceAvatar::maps(const FaceState& state_in_photo) {
  FaceState state = state_in_photo;
  state.pose = pose_in_crop(state_in_photo.pose, crop_, network_size_);
  return renderer_->render(state);
}

}  // namespace reenact
