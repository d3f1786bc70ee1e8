#include "mouth/mouth_view.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "reenact/core/mouth_patch.h"
#include "reenact/mouth/lip_contour.h"

namespace reenact {
namespace {

constexpr double patch_width = max_patch_side;
constexpr double mouth_width = 128;  ///< in the patch, from corner to corner
constexpr double patch_margin = 8;   ///< above and below the lips
constexpr int least_patch_height = 48;
constexpr double farthest_px = 1e5;  ///< of a landmark from the frame's corner
constexpr double still_sharp = 1.2;  ///< frame pixels in one of the patch
constexpr double shrunk_softness = 0.4;

struct PatchPlace {
  Eigen::Affine2d frame_from_patch;  ///< a similarity
  int height = 0;
};

PatchPlace place_patch(const Eigen::Matrix2Xd& inner, const Eigen::Matrix2Xd& outer) {
  const Eigen::Vector2d right = inner.col(0);
  const Eigen::Vector2d across = inner.col(lip_landmarks / 2) - right;
  const double scale = across.norm() / mouth_width;
  Eigen::Matrix2d turn;
  turn << across.x(), -across.y(), across.y(), across.x();
  turn *= scale / across.norm();
  const Eigen::Vector2d middle = right + across / 2;
  const Eigen::Matrix2Xd lips = turn.inverse() * (outer.colwise() - middle);
  const double top = lips.row(1).minCoeff() - patch_margin;
  const double bottom = lips.row(1).maxCoeff() + patch_margin;
  PatchPlace patch;
  patch.height =
      std::clamp(2 * static_cast<int>(std::ceil((bottom - top) / 2)), least_patch_height, max_patch_side);
  const Eigen::Vector2d centre((patch_width - 1) / 2, (patch.height - 1) / 2.0);
  patch.frame_from_patch.linear() = turn;
  patch.frame_from_patch.translation() = middle + turn * (Eigen::Vector2d(0, (top + bottom) / 2) - centre);
  return patch;
}

cv::Mat cut_out(const cv::Mat& frame, const PatchPlace& patch) {
  const Eigen::Matrix<double, 2, 3> m = patch.frame_from_patch.matrix().topRows<2>();
  const double frame_per_patch = m.leftCols<2>().col(0).norm();
  const Eigen::Vector2d size(patch_width - 1, patch.height - 1);
  Eigen::AlignedBox2d box;
  for (const double x : {0.0, size.x()}) {
    for (const double y : {0.0, size.y()}) box.extend(patch.frame_from_patch * Eigen::Vector2d(x, y));
  }
  const int margin = 4 + static_cast<int>(std::ceil(2 * frame_per_patch));
  const cv::Point low(static_cast<int>(std::floor(box.min().x())) - margin,
                      static_cast<int>(std::floor(box.min().y())) - margin);
  const cv::Point high(static_cast<int>(std::ceil(box.max().x())) + margin,
                       static_cast<int>(std::ceil(box.max().y())) + margin);
  const cv::Rect around = cv::Rect(low, high) & cv::Rect(0, 0, frame.cols, frame.rows);
  if (around.empty()) return {};
  cv::Mat part = frame(around);
  if (frame_per_patch > still_sharp) {
    cv::Mat soft;
    cv::GaussianBlur(part, soft, {0, 0}, shrunk_softness * frame_per_patch);
    part = soft;
  }
  const cv::Matx23d warp(m(0, 0), m(0, 1), m(0, 2) - around.x, m(1, 0), m(1, 1), m(1, 2) - around.y);
  cv::Mat picture;
  cv::warpAffine(part, picture, warp, {static_cast<int>(patch_width), patch.height},
                 cv::INTER_CUBIC | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
  return picture;
}

}  // namespace

std::optional<MouthView> view_mouth(const cv::Mat& frame, const Landmarks& landmarks) {
  MouthView view;
  view.inner = columns(landmarks.points, inner_lip_landmarks);
  view.outer = columns(landmarks.points, outer_lip_landmarks);
  view.width = (view.inner.col(0) - view.inner.col(lip_landmarks / 2)).norm();
  view.eye_distance = std::max(interocular_distance(landmarks), 1.0);
  const bool is_in_sight = view.inner.cwiseAbs().maxCoeff() < farthest_px &&
                           view.outer.cwiseAbs().maxCoeff() < farthest_px && view.width >= smallest_mouth_px;
  if (!is_in_sight) return std::nullopt;
  const PatchPlace place = place_patch(view.inner, view.outer);
  view.patch_from_frame = place.frame_from_patch.inverse();
  const Eigen::Matrix2Xd contour = dense_lip_contour(view.patch_from_frame * view.inner);
  view.opening = mean_opening(contour) * view.width / mouth_width / view.eye_distance;
  if (view.opening > closed_mouth) view.picture = cut_out(frame, place);
  return view;
}

}  // namespace reenact
