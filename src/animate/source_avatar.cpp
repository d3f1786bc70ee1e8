#include "reenact/animate/source_avatar.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "animate/drawn_landmarks.h"
#include "animate/photo_outline.h"
#include "reenact/compose/crop_image.h"
#include "reenact/compose/landmark_lines.h"
#include "reenact/core/error.h"
#include "reenact/fit/photo_offset.h"
#include "reenact/fit/visible_landmarks.h"
#include "reenact/media/video_writer.h"
#include "reenact/mouth/photo_lips.h"
#include "reenact/render/rasterizer.h"
#include "reenact/windows/shares.h"
#include "reenact/windows/window_renderer.h"

namespace reenact {
namespace {

/// H.264 with 4:2:0 colour needs even sides.
int even(double length) { return std::max(2, 2 * static_cast<int>(std::floor(length / 2))); }

/// The model whose mesh lies on the photo; the model itself where landmarks are sparse.
FaceModel personal_model(const FaceModel& model, const FaceFit& fit, const cv::Mat& photo,
                         const Landmarks& landmarks) {
  FaceModel personal = model;
  if (landmarks.scheme == LandmarkScheme::mesh468) {
    personal.mean += photo_offset(model, fit, with_lips_on_edge(photo, landmarks));
  }
  return personal;
}

}  // namespace

CropSquare square_within(cv::Size photo, const CropSquare& crop) {
  const double side =
      std::min<double>({crop.side, static_cast<double>(photo.width), static_cast<double>(photo.height)});
  const auto start_within = [side, &crop](double start, int length) {
    const double centred = start + (crop.side - side) / 2;
    return std::clamp(centred, -0.5, length - side - 0.5);
  };
  return {start_within(crop.left, photo.width), start_within(crop.top, photo.height), side};
}

cv::Size canvas_size(cv::Size photo, const std::optional<int>& longer_side) {
  const cv::Size whole = longer_side ? photo : playable_size(photo);
  const double scale = longer_side.value_or(0) > 0
                           ? *longer_side / static_cast<double>(std::max(photo.width, photo.height))
                           : 1.0;
  constexpr double rounding = 1e-6;  // of a scale that gives a whole number
  return {even(whole.width * scale + rounding), even(whole.height * scale + rounding)};
}

namespace {

/// How an output shows a photo.
struct Canvas {
  Canvas(cv::Size photo, const CropSquare& crop, const SourceOptions& options) {
    if (options.crop_only) {
      shown_ = square_within(photo, crop);
      const int natural = even(shown_.side);
      const int side = canvas_size({natural, natural}, options.size).width;
      size_ = {side, side};
      is_crop_ = true;
      const double scale = side / shown_.side;
      crop_in_canvas_ = {(crop.left - shown_.left) * scale - 0.5, (crop.top - shown_.top) * scale - 0.5,
                         crop.side * scale};
      return;
    }
    size_ = canvas_size(photo, options.size);
    is_as_it_is_ = size_ == canvas_size(photo, 0) && options.size.value_or(0) == 0;
    crop_in_canvas_ = crop;
    if (is_as_it_is_) return;
    const double sx = static_cast<double>(size_.width) / photo.width;
    const double sy = static_cast<double>(size_.height) / photo.height;
    shrinks_ = std::max(sx, sy) < 1;
    crop_in_canvas_ = {(crop.left + 0.5) * sx - 0.5, (crop.top + 0.5) * sy - 0.5, crop.side * sx};
  }

  const CropSquare& crop() const { return crop_in_canvas_; }

  /// The canvas of a photo, 8-bit BGR.
  cv::Mat show(const cv::Mat& photo) const {
    if (is_crop_) return extract_crop(photo, shown_, size_.width);
    if (is_as_it_is_) return photo(cv::Rect(cv::Point(0, 0), size_)).clone();
    cv::Mat canvas;
    cv::resize(photo, canvas, size_, 0, 0, shrinks_ ? cv::INTER_AREA : cv::INTER_CUBIC);
    return canvas;
  }

 private:
  CropSquare shown_;  ///< of the photo, where that is not shown whole
  CropSquare crop_in_canvas_;
  cv::Size size_;
  bool is_crop_ = false;
  bool is_as_it_is_ = false;
  bool shrinks_ = false;
};

/// What the network sees of a picture, at its own size.
Segmentation segmentation_by(const Segmenter& segmenter) {
  return [&segmenter](const cv::Mat& picture) {
    constexpr int side = segmenter_input_size;
    cv::Mat squeezed;
    const bool shrinks = std::min(picture.cols, picture.rows) > side;
    cv::resize(picture, squeezed, {side, side}, 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
    std::vector<float> probability = segmenter.probability(rgb_planes(squeezed));
    return cv::Mat(side, side, CV_32FC1, probability.data()).clone();
  };
}

/// Takes apart what a canvas shows.
SplitPhoto split_canvas(const cv::Mat& picture, const Canvas& canvas, const PhotoHead& head,
                        const LayerSource& source) {
  if (source.segmenter == nullptr) return {};
  if (source.alpha.empty()) {
    return split_photo(picture, head, segmentation_by(*source.segmenter), source.region);
  }
  cv::Mat alpha;
  cv::cvtColor(source.alpha, alpha, cv::COLOR_GRAY2BGR);
  cv::extractChannel(canvas.show(alpha), alpha, 0);
  return split_photo(picture, head, alpha);
}

/// Where the mesh covers the crop, CV_8UC1.
cv::Mat covered_by_mesh(const FaceModel& model, const FaceState& state_in_crop, int size) {
  Raster raster;
  rasterize(project(state_in_crop.pose,
                    shape_face(model, state_in_crop.identity, state_in_crop.expression, state_in_crop.gaze)),
            model.triangles, size, false, raster);
  cv::Mat mask(size, size, CV_8UC1);
  std::transform(raster.triangle.begin(), raster.triangle.end(), mask.ptr(),
                 [](std::int32_t triangle) { return triangle >= 0 ? 255 : 0; });
  return mask;
}

}  // namespace

SourceAvatar::SourceAvatar(const cv::Mat& photo, const Landmarks& landmarks, const FaceModel& model,
                           const FaceFitter& fitter, const Generator& generator, const SourceOptions& options,
                           const LayerSource& layers)
    : fit_(fitter.fit_photo(landmarks)),
      model_(personal_model(model, fit_, photo, landmarks)),
      crop_(head_crop(model, fit_.identity, fit_.pose)) {
  const int size = generator.info().image_size;
  const Canvas canvas(photo.size(), crop_, options);
  canvas_ = canvas.show(photo);
  crop_in_canvas_ = canvas.crop();
  const double scale = crop_in_canvas_.side / crop_.side;
  head_ = {crop_in_canvas_, fit_.pose.scale * scale, covered_by_mesh(model_, state_in_crop(size), size), {}};
  for (const cv::Rect2d& face : layers.other_faces) {
    const Eigen::Vector2d corner = canvas_from_photo({face.x, face.y});
    head_.other_faces.emplace_back(corner.x(), corner.y(), scale * face.width, scale * face.height);
  }
  split_ = split_canvas(canvas_, canvas, head_, layers);
  if (split_.layers && landmarks.scheme == LandmarkScheme::mesh468) fit_outline(photo, landmarks);

  if (generator.info().draws_portraits()) {
    if (split_.layers) state_ = drawn_source(photo, generator);
    return;
  }
  state_ = moved_source(photo, generator);
  Landmarks in_canvas = landmarks;
  for (auto* points : {&in_canvas.points, &in_canvas.iris}) {
    for (Eigen::Index i = 0; i < points->cols(); ++i) points->col(i) = canvas_from_photo(points->col(i));
  }
  eyes_ = EyeRig(model_, state_in_canvas(state_in_photo()), in_canvas, canvas_);
  if (generator.info().paints(eye_window) &&
      shown_share(eye_window, static_cast<float>(head_.pixels_per_cm)) > 0) {
    if (eyes_.made_up()) opened_lids_.emplace(model, state_in_photo());
    const WindowRenderer windows(model_at_eyes(), eye_window, state_in_canvas(state_in_photo()), canvas_);
    eyes_state_ = generator.initialize_windows(eye_window, windows.source(), windows.source_maps());
  }
}

SourceState SourceAvatar::moved_source(const cv::Mat& photo, const Generator& generator) const {
  const int size = generator.info().image_size;
  const ConditioningRenderer conditioning(model_, state_in_crop(size), size);
  return generator.initialize(rgb_planes(extract_crop(photo, crop_, size)), conditioning.source_maps());
}

SourceState SourceAvatar::drawn_source(const cv::Mat& photo, const Generator& generator) const {
  const int size = generator.info().image_size;
  const VisibleLandmarks landmarks(model_);
  const Eigen::Matrix2Xd in_photo = landmarks_of(model_, landmarks, state_in_photo());
  const CropSquare square = landmark_square(in_photo);
  const CropSquare in_canvas =
      landmark_square(landmarks_of(model_, landmarks, state_in_canvas(state_in_photo())));

  LandmarkMaps maps{size, rgb_planes(alpha_in(in_canvas, size))};
  maps.planes.resize(maps.planes.size() / 3);
  cv::Mat lines = draw_landmark_lines(landmarks_in_square(in_photo, square), size);
  cv::cvtColor(lines, lines, cv::COLOR_RGB2BGR);
  const std::vector<float> drawn = rgb_planes(lines);
  maps.planes.insert(maps.planes.end(), drawn.begin(), drawn.end());
  return generator.initialize(rgb_planes(extract_crop(photo, square, size)), maps);
}

cv::Mat SourceAvatar::alpha_in(const CropSquare& square, int size) const {
  cv::Mat alpha = cv::Mat::zeros(canvas_.size(), CV_8UC1);
  split_.layers->alpha.copyTo(alpha(split_.layers->region));
  cv::cvtColor(alpha, alpha, cv::COLOR_GRAY2BGR);
  return extract_crop(alpha, square, size);
}

HiddenSides SourceAvatar::hidden_sides(int network_size) const {
  cv::Mat alpha(network_size, network_size, CV_8UC1, cv::Scalar(255));
  if (split_.layers) cv::extractChannel(alpha_in(crop_in_canvas_, network_size), alpha, 0);
  return {model_, state_in_crop(network_size), extract_crop(canvas_, crop_in_canvas_, network_size), alpha};
}

void SourceAvatar::fit_outline(const cv::Mat& photo, const Landmarks& landmarks) {
  constexpr int size = 512;
  OutlinedPhoto outlined{
      extract_crop(photo, crop_, size), {}, covered_by_mesh(model_, state_in_crop(size), size), landmarks};
  for (Eigen::Index i = 0; i < landmarks.points.cols(); ++i) {
    outlined.landmarks.points.col(i) = crop_.crop_from_image(landmarks.points.col(i), size);
  }
  cv::extractChannel(alpha_in(crop_in_canvas_, size), outlined.alpha, 0);
  FaceFit in_crop = fit_;
  in_crop.pose = state_in_crop(size).pose;
  model_.mean += outline_offset(model_, in_crop, shifts_to_matte(outlined));
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
  const FaceState state = state_in_canvas(state_in_photo());
  return {canvas_, scale, fit_.identity, fit_.expression, state.pose};
}

FaceState SourceAvatar::state_in_crop(int network_size) const {
  return {fit_.identity, fit_.expression, fit_.gaze, pose_in_crop(fit_.pose, crop_, network_size)};
}

}  // namespace reenact
