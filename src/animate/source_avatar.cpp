#include "reenact/animate/source_avatar.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "reenact/compose/crop_image.h"
#include "reenact/core/error.h"
#include "reenact/fit/photo_offset.h"
#include "reenact/media/video_writer.h"

namespace reenact {
namespace {

/// H.264 with 4:2:0 colour needs even sides.
int even(double length) { return std::max(2, 2 * static_cast<int>(std::floor(length / 2))); }

/// The model whose mesh lies on the photo; the model itself where landmarks are sparse.
FaceModel personal_model(const FaceModel& model, const FaceFit& fit, const Landmarks& landmarks) {
  FaceModel personal = model;
  if (landmarks.scheme == LandmarkScheme::mesh468) personal.mean += photo_offset(model, fit, landmarks);
  return personal;
}

}  // namespace

cv::Size canvas_size(cv::Size photo, const std::optional<int>& longer_side) {
  const cv::Size whole = longer_side ? photo : playable_size(photo);
  const double scale = longer_side.value_or(0) > 0
                           ? *longer_side / static_cast<double>(std::max(photo.width, photo.height))
                           : 1.0;
  constexpr double rounding = 1e-6;  // of a scale that gives a whole number
  return {even(whole.width * scale + rounding), even(whole.height * scale + rounding)};
}

SourceAvatar::SourceAvatar(const cv::Mat& photo, const Landmarks& landmarks, const FaceModel& model,
                           const FaceFitter& fitter, const Generator& generator, const SourceOptions& options)
    : fit_(fitter.fit_photo(landmarks)),
      model_(personal_model(model, fit_, landmarks)),
      crop_(head_crop(model, fit_.identity, fit_.pose)),
      crop_in_canvas_(crop_) {
  const int size = generator.info().image_size;
  const ConditioningRenderer conditioning(model_, state_in_crop(size), size);
  state_ = generator.initialize(rgb_planes(extract_crop(photo, crop_, size)), conditioning.source_maps());

  if (options.crop_only) {
    const int natural = even(crop_.side);
    const int side = canvas_size({natural, natural}, options.size).width;
    canvas_ = extract_crop(photo, crop_, side);
    crop_in_canvas_ = {-0.5, -0.5, static_cast<double>(side)};
  } else {
    const cv::Size size_in_pixels = canvas_size(photo.size(), options.size);
    const bool is_as_it_is = size_in_pixels == canvas_size(photo.size(), 0) && options.size.value_or(0) == 0;
    if (is_as_it_is) {
      canvas_ = photo(cv::Rect(cv::Point(0, 0), size_in_pixels)).clone();
    } else {
      const double sx = static_cast<double>(size_in_pixels.width) / photo.cols;
      const double sy = static_cast<double>(size_in_pixels.height) / photo.rows;
      cv::resize(photo, canvas_, size_in_pixels, 0, 0,
                 std::max(sx, sy) < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
      crop_in_canvas_ = {(crop_.left + 0.5) * sx - 0.5, (crop_.top + 0.5) * sy - 0.5, crop_.side * sx};
    }
  }
  Landmarks in_canvas = landmarks;
  for (auto* points : {&in_canvas.points, &in_canvas.iris}) {
    for (Eigen::Index i = 0; i < points->cols(); ++i) points->col(i) = canvas_from_photo(points->col(i));
  }
  eyes_ = EyeRig(model_, state_in_canvas({fit_.identity, fit_.expression, fit_.gaze, fit_.pose}), in_canvas,
                 canvas_);
}

Eigen::Vector2d SourceAvatar::canvas_from_photo(const Eigen::Vector2d& position) const {
  return crop_in_canvas_.image_from_crop(crop_.crop_from_image(position, 1.0), 1.0);
}

FaceState SourceAvatar::state_in_canvas(const FaceState& state_in_photo) const {
  FaceState state = state_in_photo;
  state.pose.scale *= crop_in_canvas_.side / crop_.side;
  state.pose.translation = canvas_from_photo(state_in_photo.pose.translation);
  return state;
}

MouthPhoto SourceAvatar::mouth_photo() const {
  constexpr double usual_crop_px = 512;
  const CanvasScale scale{crop_in_canvas_.side / crop_.side, crop_in_canvas_.side / usual_crop_px};
  const FaceState state = state_in_canvas({fit_.identity, fit_.expression, fit_.gaze, fit_.pose});
  return {canvas_, scale, fit_.identity, fit_.expression, state.pose};
}

FaceState SourceAvatar::state_in_crop(int network_size) const {
  return {fit_.identity, fit_.expression, fit_.gaze, pose_in_crop(fit_.pose, crop_, network_size)};
}

AvatarRenderer::AvatarRenderer(const SourceAvatar& avatar, const Generator& generator)
    : avatar_(avatar),
      generator_(generator),
      conditioning_(avatar.model(), avatar.state_in_crop(generator.info().image_size),
                    generator.info().image_size),
      compositor_(avatar.canvas(), avatar.crop_in_canvas()) {}

const ConditioningMaps& AvatarRenderer::maps(const FaceState& state_in_photo) {
  FaceState state = state_in_photo;
  state.pose = pose_in_crop(state_in_photo.pose, avatar_.crop(), generator_.info().image_size);
  return conditioning_.render(state);
}

GeneratedFrame AvatarRenderer::generate(const ConditioningMaps& maps) const {
  return generator_.forward(avatar_.state(), maps);
}

EyeRig::Poses AvatarRenderer::eyes(const FaceState& state_in_photo, const LidRatios& lids,
                                   const ConditioningMaps& maps) const {
  return avatar_.eyes().pose(avatar_.model(), avatar_.state_in_canvas(state_in_photo), lids, maps,
                             avatar_.crop_in_canvas());
}

cv::Mat& AvatarRenderer::compose(const GeneratedFrame& frame, const EyeRig::Poses& eyes) {
  cv::Mat& picture = compositor_.compose(frame);
  avatar_.eyes().draw(eyes, avatar_.canvas(), FlowField(frame, avatar_.crop_in_canvas()),
                      compositor_.region(), eye_layer_, picture);
  return picture;
}

void AvatarRenderer::paint_mouth(const GeneratedFrame& frame, const DriverMouth& driver,
                                 const PlacedMouth& mouth, cv::Mat& picture) const {
  const cv::Rect box = driver.box(mouth) & compositor_.region();
  if (box.empty()) return;
  cv::Mat part = picture(box);
  driver.paint(part, compositor_.warped(frame, box), box, mouth);
}

}  // namespace reenact
