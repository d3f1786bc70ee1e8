#include "reenact/mouth/mouth_observer.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "mouth/low_pass.h"
#include "mouth/mouth_view.h"
#include "mouth/rounding.h"
#include "reenact/mouth/face_colours.h"
#include "reenact/mouth/lip_contour.h"
#include "reenact/mouth/lip_edge.h"

namespace reenact {

namespace {

constexpr int jpeg_quality = 95;

constexpr double surely_open = 0.016;  ///< MouthView::opening

constexpr double clear_mouth_px = 24;  ///< MouthView::width

constexpr double unclear_contrast = 0.22;
constexpr double clear_contrast = 0.38;

constexpr double edge_inset = 1.0;  ///< further in than found, pixels of the picture of find_lip_edge()

constexpr double inset_time_s = 0.058;
constexpr double share_time_s = 0.078;
constexpr double confidence_time_s = 0.1;
constexpr double smallest_share = 0.5;
constexpr double greatest_share = 1.25;
constexpr double least_opening_px = 1e-3;
constexpr double skin_radius = 0.045;  ///< over the distance between the outer eye corners

/// Places in a picture of half the size.
Eigen::Matrix2Xd halved(const Eigen::Matrix2Xd& places) { return (places.array() + 0.5) / 2 - 0.5; }
Eigen::Matrix2Xd doubled(const Eigen::Matrix2Xd& places) { return (places.array() + 0.5) * 2 - 0.5; }

}  // namespace

std::optional<SeenMouth> MouthObserver::observe(const cv::Mat& frame, const Landmarks* landmarks,
                                                double time_s) {
  std::optional<MouthView> view;
  if (landmarks != nullptr) view = view_mouth(frame, *landmarks);
  std::optional<MouthPatch> patch;
  if (view && !view->picture.empty()) {
    patch = patch_of(*view, time_s);
  } else {
    last_.reset();
  }
  if (gathers_colours_ && view) {
    const ColourPlaces places{columns(landmarks->points, skin_landmarks), view->inner, view->outer,
                              skin_radius * view->eye_distance};
    if (std::optional<MouthColours> colours = face_colours(frame, places)) {
      colours->widest_opening = view->opening;
      if (patch) colours->teeth = teeth_colour(view->picture, patch->lip_edge, colours->skin);
      colours_.push_back(*colours);
    }
  }
  if (!patch) return std::nullopt;
  return SeenMouth{std::move(*patch), view->patch_from_frame};
}

MouthPatch MouthObserver::patch_of(const MouthView& view, double time_s) {
  cv::Mat half;
  cv::resize(view.picture, half, {view.picture.cols / 2, view.picture.rows / 2}, 0, 0, cv::INTER_AREA);
  const LipEdge edge = find_lip_edge(half, halved(view.patch_from_frame * view.inner),
                                     halved(view.patch_from_frame * view.outer));
  const double share =
      mean_opening(edge_at(edge, edge.inset)) / std::max(mean_opening(edge.contour), least_opening_px);
  const double confidence = smooth_step(closed_mouth, surely_open, view.opening) *
                            smooth_step(smallest_mouth_px, clear_mouth_px, view.width) *
                            smooth_step(unclear_contrast, clear_contrast, edge.contrast);
  Filtered now{time_s, edge.inset, std::clamp(share, smallest_share, greatest_share), confidence};
  if (last_) {
    const auto follow = [&](auto& value, const auto& before, double time_constant_s) {
      value = before + low_pass_gain(time_s - last_->time_s, time_constant_s) * (value - before);
    };
    follow(now.inset, last_->inset, inset_time_s);
    follow(now.opening_share, last_->opening_share, share_time_s);
    follow(now.confidence, last_->confidence, confidence_time_s);
  }
  last_ = now;

  MouthPatch patch;
  cv::imencode(".jpg", view.picture, patch.jpeg, {cv::IMWRITE_JPEG_QUALITY, jpeg_quality});
  patch.lip_edge = rounded_pixels(doubled(edge_at(edge, now.inset.array() + edge_inset)));
  patch.opening_share = rounded_share(now.opening_share);
  patch.confidence = rounded_share(now.confidence);
  return patch;
}

std::optional<MouthColours> MouthObserver::take_colours() {
  gathers_colours_ = false;
  if (colours_.empty()) return std::nullopt;
  MouthColours result = median_colours(colours_);
  colours_ = {};
  return result;
}

}  // namespace reenact
