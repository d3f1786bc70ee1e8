#include "reenact/layers/held_at_border.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "reenact/core/smoothstep.h"

namespace reenact {
namespace {

constexpr double smoothing_cm = 1.5;         // of alpha
constexpr float held_from = 0.5F;            // alpha
constexpr float wholly_held_at = 0.9F;       // alpha
constexpr std::uint8_t least_going_on = 25;  // alpha above, of 255
constexpr double pixels_inside = 1.5;        // of the window, to which what is at the border counts

/// How much the person goes on above each column of the region, smoothed.
cv::Mat going_on(const PhotoLayers& layers, int box) {
  cv::Mat alpha = cv::Mat::zeros(1, layers.region.width, CV_8UC1);
  if (!layers.above.empty()) cv::extractChannel(layers.above.row(layers.above.rows - 1), alpha, 3);
  cv::blur(alpha, alpha, {box, 1}, {-1, -1}, cv::BORDER_REPLICATE);
  return alpha;
}

}  // namespace

std::vector<float> held_at_border(const PhotoLayers& layers, const CropSquare& window, int size,
                                  double pixels_per_cm) {
  cv::Mat alpha;
  const int box = 2 * std::max(1, static_cast<int>(0.5 * smoothing_cm * pixels_per_cm)) + 1;
  cv::blur(layers.alpha, alpha, {box, box}, {-1, -1}, cv::BORDER_REPLICATE);
  const cv::Mat above = going_on(layers, box);
  const double inside = pixels_inside * window.side / size;
  const auto pixels = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
  std::vector<float> held(2 * pixels, 0.0F);
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      const Eigen::Vector2d place =
          window.image_from_crop({x, y}, size) - Eigen::Vector2d(layers.region.x, layers.region.y);
      const Eigen::Array2d far_end(layers.region.width - 1, layers.region.height - 1);
      const Eigen::Array2d to_border = place.array().min(far_end - place.array());
      if (to_border.minCoeff() >= inside) continue;
      const int column = std::clamp(cvRound(place.x()), 0, alpha.cols - 1);
      const int row = std::clamp(cvRound(place.y()), 0, alpha.rows - 1);
      const float covered = static_cast<float>(alpha.at<std::uint8_t>(row, column)) / 255.0F;
      const float hold = smoothstep((covered - held_from) / (wholly_held_at - held_from));
      const auto pixel =
          static_cast<std::size_t>(y) * static_cast<std::size_t>(size) + static_cast<std::size_t>(x);
      if (to_border.x() < inside) held[pixel] = hold;
      const bool is_above = place.y() < far_end.y() - place.y();
      const bool goes_on = is_above && above.at<std::uint8_t>(0, column) > least_going_on;
      if (to_border.y() < inside && !goes_on) held[pixels + pixel] = hold;
    }
  }
  return held;
}

}  // namespace reenact
