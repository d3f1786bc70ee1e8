#include "reenact/track/landmark_refiner.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "reenact/core/landmark_indices.h"

namespace reenact {
namespace {

// Chosen on clips of validation persons (docs/experiments.md).
constexpr double view_margin = 1.2;  ///< side of a view over the larger side of the landmarks' bounding box
constexpr int finest_scale = 1;
constexpr int patch_stride = 4;
constexpr int search_iterations = 16;
constexpr int smoothing_iterations = 3;  ///< of the variational refinement

constexpr float least_visibility = 0.9F;
/// Least z of the normal: nearer to the silhouette the background's flow leaks in.
constexpr float least_facing = 0.3F;
/// A fit is not wrong by more than this share of the view.
constexpr float farthest_shift = 0.08F * face_view_size;
/// Mean difference of luma, of 255, between the warped keyframe and the frame after alignment, beyond which
/// they do not show the same (a hand, a tongue, a shadow).
constexpr float largest_misfit = 40.0F;
constexpr int misfit_window = 5;
/// Distance between the place that flow gives a landmark and that of the network, over the eye distance, up
/// to which flow is believed, and from which it is not: the network errs by less.
constexpr double agreeing_distance = 0.05;
constexpr double disagreeing_distance = 0.10;

constexpr double least_side_px = 8;
constexpr double largest_side_px = 8192;

/// How far flow is believed that moves a landmark by this share of the eye distance, 0 to 1.
double agreement(double distance) {
  return std::clamp((disagreeing_distance - distance) / (disagreeing_distance - agreeing_distance), 0.0, 1.0);
}

/// Positions of all pixels of a view, each moved by `shift(pixel)`.
template <typename Shift>
cv::Mat moved_grid(const Shift& shift) {
  cv::Mat positions(face_view_size, face_view_size, CV_32FC2);
  for (int y = 0; y < face_view_size; ++y) {
    auto* row = positions.ptr<cv::Vec2f>(y);
    for (int x = 0; x < face_view_size; ++x) {
      row[x] = cv::Vec2f(static_cast<float>(x), static_cast<float>(y)) + shift(y, x);
    }
  }
  return positions;
}

}  // namespace

FaceState state_in_view(const FaceFit& fit, const CropSquare& square) {
  return {fit.identity, fit.expression, fit.gaze, pose_in_crop(fit.pose, square, face_view_size)};
}

std::optional<FaceView> face_view(const cv::Mat& frame, const Landmarks& landmarks) {
  const Eigen::Vector2d low = landmarks.points.rowwise().minCoeff();
  const Eigen::Vector2d high = landmarks.points.rowwise().maxCoeff();
  const double wanted_side = view_margin * (high - low).maxCoeff();
  const Eigen::Vector2d corner = ((low + high).array() - wanted_side).matrix() / 2;
  const bool usable = wanted_side >= least_side_px && wanted_side <= largest_side_px &&
                      corner.cwiseAbs().maxCoeff() <= 2 * largest_side_px;
  if (!usable) return std::nullopt;
  const int side = cvRound(wanted_side);
  const cv::Rect square(cvRound(corner.x()), cvRound(corner.y()), side, side);
  const cv::Rect inside = square & cv::Rect(0, 0, frame.cols, frame.rows);
  if (inside.empty()) return std::nullopt;

  cv::Mat grey;
  cv::cvtColor(frame(inside), grey, cv::COLOR_BGR2GRAY);
  if (inside != square) {
    cv::copyMakeBorder(grey, grey, inside.y - square.y, square.br().y - inside.br().y, inside.x - square.x,
                       square.br().x - inside.br().x, cv::BORDER_REPLICATE);
  }
  FaceView view;
  view.square = {square.x - 0.5, square.y - 0.5, static_cast<double>(side)};
  cv::resize(grey, view.grey, {face_view_size, face_view_size}, 0, 0,
             side > face_view_size ? cv::INTER_AREA : cv::INTER_LINEAR);
  return view;
}

LandmarkRefiner::LandmarkRefiner(const FaceModel& model)
    : model_(model), flow_search_(cv::DISOpticalFlow::create(cv::DISOpticalFlow::PRESET_MEDIUM)) {
  flow_search_->setFinestScale(finest_scale);
  flow_search_->setPatchStride(patch_stride);
  flow_search_->setGradientDescentIterations(search_iterations);
  flow_search_->setVariationalRefinementIterations(smoothing_iterations);
}

void LandmarkRefiner::set_keyframe(FaceView view, const FaceFit& fit) {
  renderer_.emplace(model_, state_in_view(fit, view.square), face_view_size);
  keyframe_ = std::move(view.grey);
}

Landmarks LandmarkRefiner::refine(const Landmarks& landmarks, const FaceView& view, const FaceFit& fit) {
  if (!renderer_) return landmarks;
  const FaceState state = state_in_view(fit, view.square);
  ConditioningMaps maps = renderer_->render(state);
  constexpr float pixels_per_grid_unit = 0.5F * face_view_size;
  const cv::Mat flow_x(face_view_size, face_view_size, CV_32F, maps.plane(conditioning::flow_x));
  const cv::Mat flow_y(face_view_size, face_view_size, CV_32F, maps.plane(conditioning::flow_y));
  const cv::Mat visible(face_view_size, face_view_size, CV_32F, maps.plane(conditioning::visibility));
  const cv::Mat facing(face_view_size, face_view_size, CV_32F, maps.plane(conditioning::normal + 2));

  cv::Mat warped;
  cv::remap(keyframe_, warped, moved_grid([&](int y, int x) {
              return pixels_per_grid_unit * cv::Vec2f(flow_x.at<float>(y, x), flow_y.at<float>(y, x));
            }),
            cv::noArray(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  cv::Mat_<cv::Vec2f> shift;
  flow_search_->calc(warped, view.grey, shift);

  cv::Mat aligned;
  cv::remap(view.grey, aligned, moved_grid([&](int y, int x) { return shift(y, x); }), cv::noArray(),
            cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  cv::Mat misfit;
  cv::absdiff(aligned, warped, misfit);
  cv::blur(misfit, misfit, {misfit_window, misfit_window});

  const Eigen::Matrix3Xf points = surface_positions(model_, model_.landmarks468, renderer_->posed_vertices());
  cv::Mat_<cv::Vec2f> places(1, static_cast<int>(points.cols()));
  for (int n = 0; n < places.cols; ++n) places(0, n) = {points(0, n), points(1, n)};
  const auto at_points = [&](const cv::Mat& plane) {
    cv::Mat values;
    cv::remap(plane, values, places, cv::noArray(), cv::INTER_LINEAR, cv::BORDER_CONSTANT);
    return values;
  };
  const cv::Mat_<cv::Vec2f> shift_there = at_points(shift);
  const cv::Mat_<float> visible_there = at_points(visible);
  const cv::Mat_<float> facing_there = at_points(facing);
  const cv::Mat_<std::uint8_t> misfit_there = at_points(misfit);
  Landmarks refined = landmarks;
  for (int n = 0; n < places.cols; ++n) {
    // Lips that part or meet are not one picture warped into another; the landmark network sees them move.
    const auto& lips = mesh468::inner_lips;
    const bool on_inner_lips = std::find(lips.begin(), lips.end(), n) != lips.end();
    const bool believed = !on_inner_lips && visible_there(0, n) > least_visibility &&
                          facing_there(0, n) > least_facing && cv::norm(shift_there(0, n)) < farthest_shift &&
                          static_cast<float>(misfit_there(0, n)) < largest_misfit;
    if (!believed) continue;
    const cv::Vec2f place = places(0, n) + shift_there(0, n);
    const Eigen::Vector2d by_flow = view.square.image_from_crop(
        {static_cast<double>(place[0]), static_cast<double>(place[1])}, face_view_size);
    const Eigen::Vector2d change = by_flow - landmarks.points.col(n);
    refined.points.col(n) += agreement(change.norm() / fit.interocular_px) * change;
  }
  return refined;
}

}  // namespace reenact
