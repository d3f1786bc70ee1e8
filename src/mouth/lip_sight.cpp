#include "mouth/lip_sight.h"

#include <opencv2/imgproc.hpp>

#include "mouth/low_pass.h"
#include "reenact/mouth/parted_lips.h"
#include "reenact/mouth/smooth_lab.h"

namespace reenact {
namespace {

constexpr double clear_mouth_px = 24;  ///< MouthView::width
constexpr double sharp_mouth_px = 48;

/// share_between_lips().
constexpr double touching_lips = 0.06;
constexpr double parted_lips = 0.22;
/// MouthView::opening, from which to which landmarks are believed again: no lips that touch keep them so far
/// apart.
constexpr double doubtful_opening = 0.14;
constexpr double sure_opening = 0.2;

constexpr double unclear_contrast = 0.2;
constexpr double clear_contrast = 0.32;

Eigen::Matrix2Xd halved(const Eigen::Matrix2Xd& places) { return (places.array() + 0.5) / 2 - 0.5; }

}  // namespace

LipSight sight_of_lips(const MouthView& view) {
  cv::Mat half;
  cv::resize(view.picture, half, {view.picture.cols / 2, view.picture.rows / 2}, 0, 0, cv::INTER_AREA);
  return {smooth_lab(half), halved(view.patch_from_frame * view.inner),
          halved(view.patch_from_frame * view.outer)};
}

double lips_parted(const MouthView& view, const LipSight& lips) {
  const double between = share_between_lips(lips.lab, lips.inner, lips.outer);
  const double touching = (1 - smooth_step(touching_lips, parted_lips, between)) *
                          smooth_step(clear_mouth_px, sharp_mouth_px, view.width) *
                          (1 - smooth_step(doubtful_opening, sure_opening, view.opening));
  return 1 - touching;
}

double edge_confidence(const MouthView& view, const LipEdge& edge) {
  return smooth_step(smallest_mouth_px, clear_mouth_px, view.width) *
         smooth_step(unclear_contrast, clear_contrast, edge.contrast);
}

Eigen::Matrix2Xd in_view(const Eigen::Matrix2Xd& in_sight) { return (in_sight.array() + 0.5) * 2 - 0.5; }

}  // namespace reenact
