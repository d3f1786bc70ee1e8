#include "reenact/detail/fold_colour.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "reenact/core/landmark_indices.h"

namespace reenact {
namespace {

/// What a fold is deeper than in luma, over the log of the skin's red over its blue, in blue, green and red:
/// medians of the light and dark sides of the folds beside mouths in 160 photos.
constexpr std::array<double, 3> deeper = {0.65, 0.23, -0.41};
constexpr double lifted = 6;  ///< of 255: noise of dark pixels has little say
constexpr double reddest = 0.9;

double median_of(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

std::array<float, 3> fold_depth(const FaceModel& model, const FaceState& state, const cv::Mat& photo) {
  std::array<float, 3> depth = {1, 1, 1};
  if (model.landmarks468.size() == 0) return depth;
  const Eigen::Matrix3Xf posed =
      project(state.pose, shape_face(model, state.identity, state.expression, state.gaze));
  std::vector<double> red_over_blue;
  for (const int point : mesh468::skin) {
    const Eigen::Vector3i corners = model.triangles.col(model.landmarks468.triangle[point]);
    Eigen::Vector3f place = Eigen::Vector3f::Zero();
    for (int i = 0; i < 3; ++i) {
      place += model.landmarks468.barycentric(i, point) * posed.col(corners[i]);
    }
    const cv::Rect patch =
        cv::Rect(cvRound(place.x()) - 1, cvRound(place.y()) - 1, 3, 3) & cv::Rect({0, 0}, photo.size());
    if (patch.empty()) continue;
    const cv::Scalar colour = cv::mean(photo(patch));
    red_over_blue.push_back(std::log((colour[2] + lifted) / (colour[0] + lifted)));
  }
  if (red_over_blue.empty()) return depth;
  const double red = std::clamp(median_of(red_over_blue), 0.0, reddest);
  for (std::size_t channel = 0; channel < depth.size(); ++channel) {
    depth[channel] = static_cast<float>(1 + red * deeper[channel]);
  }
  return depth;
}

}  // namespace reenact
