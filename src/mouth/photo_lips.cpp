#include "reenact/mouth/photo_lips.h"

#include <optional>

#include "mouth/lip_sight.h"
#include "mouth/mouth_view.h"
#include "reenact/mouth/lip_contour.h"
#include "reenact/mouth/lip_edge.h"

namespace reenact {
namespace {

bool is_corner(int landmark) { return landmark % (lip_landmarks / 2) == 0; }

}  // namespace

Landmarks with_lips_on_edge(const cv::Mat& photo, Landmarks landmarks) {
  const std::optional<MouthView> view = view_mouth(photo, landmarks);
  if (!view || view->picture.empty()) return landmarks;
  const LipSight lips = sight_of_lips(*view);
  const LipEdge edge = find_lip_edge(lips.lab, lips.inner, lips.outer);
  const double amount = lips_parted(*view, lips) * edge_confidence(*view, edge);
  const Eigen::Matrix2Xd places = view->patch_from_frame.inverse() * in_view(edge_at(edge, edge.inset));
  constexpr int points_per_landmark = lip_edge_points / lip_landmarks;
  for (int i = 0; i < lip_landmarks; ++i) {
    if (is_corner(i)) continue;
    auto point = landmarks.points.col(inner_lip_landmarks[static_cast<std::size_t>(i)]);
    point += amount * (places.col(points_per_landmark * i) - point);
  }
  return landmarks;
}

}  // namespace reenact
