#include "reenact/animate/source_avatar.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "reenact/compose/crop_image.h"
#include "reenact/core/error.h"

namespace reenact {
namespace {

/// H.264 with 4:2:0 colour needs even sides.
int even(double length) { return std::max(2, 2 * static_cast<int>(std::floor(length / 2))); }

}  // namespace

SourceAvatar::SourceAvatar(const cv::Mat& photo, const Landmarks& landmarks, const FaceModel& model,
                           const FaceFitter& fitter, const Generator& generator, const SourceOptions& options)
    : fit_(fitter.fit_photo(landmarks)),
      crop_(head_crop(model, fit_.identity, fit_.pose)),
      crop_in_canvas_(crop_) {
  const int size = generator.info().image_size;
  const ConditioningRenderer conditioning(model, state_in_crop(size), size);
  state_ = generator.initialize(rgb_planes(extract_crop(photo, crop_, size)), conditioning.source_maps());

  if (options.crop_only) {
    const int side = options.size > 0 ? even(options.size) : even(crop_.side);
    canvas_ = extract_crop(photo, crop_, side);
    crop_in_canvas_ = {-0.5, -0.5, static_cast<double>(side)};
  } else {
    const double longer = std::max(photo.cols, photo.rows);
    const double scale = options.size > 0 ? options.size / longer : 1.0;
    const cv::Size canvas_size(even(photo.cols * scale), even(photo.rows * scale));
    if (options.size > 0) {
      cv::resize(photo, canvas_, canvas_size, 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
      const double sx = static_cast<double>(canvas_size.width) / photo.cols;
      const double sy = static_cast<double>(canvas_size.height) / photo.rows;
      crop_in_canvas_ = {(crop_.left + 0.5) * sx - 0.5, (crop_.top + 0.5) * sy - 0.5, crop_.side * sx};
    } else {
      canvas_ = photo(cv::Rect(cv::Point(0, 0), canvas_size)).clone();
    }
  }
}

FaceState SourceAvatar::state_in_crop(int network_size) const {
  return {fit_.identity, fit_.expression, fit_.gaze, pose_in_crop(fit_.pose, crop_, network_size)};
}

AvatarRenderer::AvatarRenderer(const SourceAvatar& avatar, const FaceModel& model, const Generator& generator)
    : avatar_(avatar),
      generator_(generator),
      conditioning_(model, avatar.state_in_crop(generator.info().image_size), generator.info().image_size),
      compositor_(avatar.canvas(), avatar.crop_in_canvas()) {}

const ConditioningMaps& AvatarRenderer::maps(const FaceState& state_in_photo) {
  FaceState state = state_in_photo;
  state.pose = pose_in_crop(state_in_photo.pose, avatar_.crop(), generator_.info().image_size);
  return conditioning_.render(state);
}

GeneratedFrame AvatarRenderer::generate(const ConditioningMaps& maps) const {
  return generator_.forward(avatar_.state(), maps);
}

}  // namespace reenact
