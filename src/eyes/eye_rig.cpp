#include "reenact/eyes/eye_rig.h"

#include <cmath>

#include "reenact/windows/shares.h"

namespace reenact {
namespace {

/// Contours that differ more between looks, in eye widths, are guesses: glasses, hair, a drawn eye. An eye
/// beside a clear one may be less clear, since two that blink differently are the worse sight.
constexpr double greatest_spread = 0.075;
constexpr double greatest_spread_beside_clear = 0.10;
constexpr double greatest_shut_spread = 0.12;
/// Mean gap of lids below which they are shut, and below which they are if no iris is seen either. The
/// narrowest of 250 photos of open eyes measures 0.17, shut ones up to 0.15.
constexpr double shut_gap = 0.12;
constexpr double shut_gap_without_iris = 0.16;
constexpr const char* shut_refusal = "shut";

EyeContour contour_of(const Landmarks& landmarks, const EyeMeshPoints& points) {
  EyeContour contour;
  for (std::size_t i = 0; i < EyeContour::points; ++i) {
    contour.upper[i] = landmarks.points.col(points.upper[i]).cast<float>();
    contour.lower[i] = landmarks.points.col(points.lower[i]).cast<float>();
  }
  return contour;
}

EyeInPhoto eye_in_photo(const FaceState& source, const Landmarks& landmarks, std::size_t e,
                        float ball_radius_cm) {
  EyeInPhoto eye;
  eye.side = e == 0 ? EyeSide::right : EyeSide::left;
  eye.contour = contour_of(landmarks, eye_mesh_points[e]);
  const Eigen::Matrix2Xf iris = landmarks.iris.middleCols<5>(5 * static_cast<Eigen::Index>(e)).cast<float>();
  eye.iris = iris.col(0);
  eye.iris_radius = (iris.rightCols<4>().colwise() - eye.iris).colwise().norm().mean();
  eye.head_rotation = source.pose.rotation.toRotationMatrix().cast<float>();
  eye.gaze = (e == 0 ? source.gaze.right : source.gaze.left).cast<float>();
  eye.ball_radius = ball_radius_cm * static_cast<float>(source.pose.scale);
  return eye;
}

double mean_gap(const Landmarks& landmarks) {
  const LidGaps gaps = measure_lid_gaps(landmarks);
  return 0.5 * (gaps.right_eye + gaps.left_eye);
}

bool is_unclear(const Landmarks& landmarks, std::size_t e) {
  const auto spread = [&](std::size_t eye) { return landmarks.eye_spread[static_cast<Eigen::Index>(eye)]; };
  const bool beside_clear = spread(1 - e) <= greatest_spread;
  return spread(e) > (beside_clear ? greatest_spread_beside_clear : greatest_spread);
}

}  // namespace

EyeRig::EyeRig(const FaceModel& model, const FaceState& source, const Landmarks& landmarks,
               const cv::Mat& canvas)
    : source_(source) {
  if (landmarks.scheme != LandmarkScheme::mesh468 || landmarks.iris.cols() != 10) {
    refusals_.fill("no dense landmarks");
    return;
  }
  if (!model.has(Region::eyeball_right)) {
    refusals_.fill("no eyeballs in the face model");
    return;
  }
  points_.emplace(model, source.identity);
  in_photo_ = points_->place(source.expression, source.pose);
  std::array<EyeInPhoto, 2> seen;
  for (std::size_t e = 0; e < 2; ++e) {
    seen[e] = eye_in_photo(source, landmarks, e, points_->ball_radius_cm()[e]);
    PreparedEye prepared{std::nullopt, "unclear contour"};
    if (!is_unclear(landmarks, e)) prepared = prepare_eye(canvas, seen[e]);
    eyes_[e] = std::move(prepared.eye);
    refusals_[e] = std::move(prepared.refusal);
  }
  const double gap = mean_gap(landmarks);
  const bool shut = gap < shut_gap || (gap < shut_gap_without_iris && !eyes_[0] && !eyes_[1]);
  if (shut) make_up_eyes(canvas, landmarks, seen);
}

void EyeRig::make_up_eyes(const cv::Mat& canvas, const Landmarks& landmarks,
                          const std::array<EyeInPhoto, 2>& seen) {
  eyes_ = {};
  refusals_.fill(shut_refusal);
  if (landmarks.eye_spread.maxCoeff() > greatest_shut_spread) return;
  std::array<PreparedEye, 2> made = {default_eye(canvas, seen[0]), default_eye(canvas, seen[1])};
  made_up_ = made[0].eye && made[1].eye;
  if (!made_up_) return;
  for (std::size_t e = 0; e < 2; ++e) eyes_[e] = std::move(made[e].eye);
  refusals_.fill("");
}

float EyeRig::painted_share(EyeSide side, double opening) const {
  if (!eyes_[static_cast<std::size_t>(side)]) return 0;
  return made_up_ ? parted_share(static_cast<float>(opening)) : moved_share(static_cast<float>(opening));
}

EyeRig::Poses EyeRig::pose(const FaceModel& model, const FaceState& state, const LidRatios& lids,
                           const ConditioningMaps& maps, const CropSquare& crop) const {
  Poses poses;
  if (!points_) return poses;
  const std::array<EyePoints::Eye, 2> now = points_->place(state.expression, state.pose);
  const std::array<double, 2> openings = {lids.right_eye, lids.left_eye};
  for (std::size_t e = 0; e < 2; ++e) {
    if (!eyes_[e]) continue;
    EyePose pose = pose_eye(*eyes_[e], in_photo_[e], now[e], source_, state, static_cast<float>(openings[e]));
    if (pose.strength <= 0) continue;
    pose.front = eye_front(model, eyes_[e]->side, pose.lids.frame, maps, crop);
    poses[e] = std::move(pose);
  }
  return poses;
}

void EyeRig::draw(const Poses& poses, const cv::Mat& canvas, const FlowField& flow, const cv::Rect& region,
                  EyeLayer& layer, cv::Mat& picture) const {
  for (std::size_t e = 0; e < 2; ++e) {
    if (!poses[e]) continue;
    draw_eye(*eyes_[e], *poses[e], canvas, flow, layer);
    paste_eye(layer, region, picture);
  }
}

}  // namespace reenact
