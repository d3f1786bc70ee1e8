#include "reenact/mouth/mouth_observer.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <opencv2/imgcodecs.hpp>

#include "mouth/lip_sight.h"
#include "mouth/low_pass.h"
#include "mouth/mouth_view.h"
#include "mouth/rounding.h"
#include "reenact/core/landmark_indices.h"
#include "reenact/mouth/face_colours.h"
#include "reenact/mouth/lip_contour.h"
#include "reenact/mouth/lip_edge.h"

namespace reenact {

namespace {

constexpr int jpeg_quality = 95;

constexpr double surely_open = 0.016;  ///< MouthView::opening

constexpr double barely_parted = 0.05;  ///< MouthSight::parted
/// MouthView::opening from which on a frame tells all that it can of edge and contrast; thinner ones tell
/// less.
constexpr double telling_opening = 0.08;
constexpr double least_weight = 0.02;

constexpr double edge_inset = 1.0;  ///< further in than found, pixels of the picture of find_lip_edge()

constexpr double parted_time_s = 0.03;
constexpr double inset_time_s = 0.058;
constexpr double share_time_s = 0.078;
constexpr double confidence_time_s = 0.1;
constexpr double smallest_share = 0.5;
constexpr double greatest_share = 1.25;
constexpr double least_opening_px = 1e-3;
constexpr double skin_radius = 0.045;  ///< over the distance between the outer eye corners

}  // namespace

MouthSight MouthObserver::observe(const cv::Mat& frame, const Landmarks* landmarks, double time_s) {
  std::optional<MouthView> view;
  if (landmarks != nullptr) view = view_mouth(frame, *landmarks);
  MouthSight sight;
  std::optional<MouthPatch> patch;
  if (view && !view->picture.empty()) {
    const LipSight lips = sight_of_lips(*view);
    sight.parted = smooth_parted(
        lips_parted(*view, lips) * smooth_step(closed_mouth, surely_open, view->opening), time_s);
    if (inside_ == Inside::cut_out && sight.parted > barely_parted) patch = patch_of(*view, lips, time_s);
  } else if (view) {
    sight.parted = smooth_parted(0, time_s);
  } else {
    last_parted_.reset();
  }
  if (!patch) last_.reset();
  if (inside_ == Inside::not_wanted) return sight;
  if (view && coloured_ < colour_frames_) {
    const ColourPlaces places{columns(landmarks->points, mesh468::skin), view->inner, view->outer,
                              skin_radius * view->eye_distance};
    sight.colours = face_colours(frame, places);
    if (sight.colours) {
      sight.colours->widest_opening = sight.parted * view->opening;
      if (patch) sight.colours->teeth = teeth_colour(view->picture, patch->lip_edge, sight.colours->skin);
      ++coloured_;
    }
  }
  if (patch) sight.inside = SeenMouth{std::move(*patch), view->patch_from_frame};
  return sight;
}

double MouthObserver::smooth_parted(double parted, double time_s) {
  Parted now{time_s, parted};
  if (last_parted_) {
    const double gain = low_pass_gain(time_s - last_parted_->time_s, parted_time_s);
    now.value = last_parted_->value + gain * (now.value - last_parted_->value);
  }
  last_parted_ = now;
  return now.value;
}

MouthPatch MouthObserver::patch_of(const MouthView& view, const LipSight& lips, double time_s) {
  const LipEdge edge = find_lip_edge(lips.lab, lips.inner, lips.outer);
  const double share =
      mean_opening(edge_at(edge, edge.inset)) / std::max(mean_opening(edge.contour), least_opening_px);
  const double confidence = edge_confidence(view, edge);
  if (!last_) last_ = Filtered();
  const double weight = std::max(smooth_step(closed_mouth, telling_opening, view.opening), least_weight);
  const double elapsed_s = time_s - last_->time_s;
  last_->time_s = time_s;
  const Eigen::VectorXd& inset = last_->inset.add(edge.inset, weight, elapsed_s, inset_time_s);

  MouthPatch patch;
  cv::imencode(".jpg", view.picture, patch.jpeg, {cv::IMWRITE_JPEG_QUALITY, jpeg_quality});
  patch.pixel_size =
      rounded_share(std::clamp(view.patch_from_frame.linear().col(0).norm(), 1.0, largest_pixel_size));
  patch.lip_edge = rounded_pixels(in_view(edge_at(edge, inset.array() + edge_inset)));
  patch.opening_share = rounded_share(last_->opening_share.add(
      std::clamp(share, smallest_share, greatest_share), weight, elapsed_s, share_time_s));
  patch.confidence = rounded_share(smooth_step(closed_mouth, surely_open, view.opening) *
                                   last_->confidence.add(confidence, weight, elapsed_s, confidence_time_s));
  return patch;
}

void MouthObserver::begin_shot() {
  coloured_ = 0;
  last_parted_.reset();
  last_.reset();
}

}  // namespace reenact
