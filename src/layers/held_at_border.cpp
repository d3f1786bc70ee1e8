#include "reenact/layers/held_at_border.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "layers/smoothstep.h"

namespace reenact {
namespace {

constexpr double smoothing_cm = 1.5;    // of alpha
constexpr float held_from = 0.5F;       // alpha
constexpr float wholly_held_at = 0.9F;  // alpha
constexpr double pixels_inside = 1.5;   // of the window, to which what is at the border counts

}  // namespace

std::vector<float> held_at_border(const PhotoLayers& layers, const CropSquare& window, int size,
                                  double pixels_per_cm) {
  cv::Mat alpha;
  const int box = 2 * std::max(1, static_cast<int>(0.5 * smoothing_cm * pixels_per_cm)) + 1;
  cv::blur(layers.alpha, alpha, {box, box}, {-1, -1}, cv::BORDER_REPLICATE);
  const double inside = pixels_inside * window.side / size;
  std::vector<float> held;
  held.reserve(static_cast<std::size_t>(size) * static_cast<std::size_t>(size));
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      const Eigen::Vector2d place =
          window.image_from_crop({x, y}, size) - Eigen::Vector2d(layers.region.x, layers.region.y);
      const double to_border = std::min(
          {place.x(), place.y(), layers.region.width - 1 - place.x(), layers.region.height - 1 - place.y()});
      if (to_border >= inside) {
        held.push_back(0.0F);
        continue;
      }
      const int column = std::clamp(cvRound(place.x()), 0, alpha.cols - 1);
      const int row = std::clamp(cvRound(place.y()), 0, alpha.rows - 1);
      const float covered = static_cast<float>(alpha.at<std::uint8_t>(row, column)) / 255.0F;
      held.push_back(smoothstep((covered - held_from) / (wholly_held_at - held_from)));
    }
  }
  return held;
}

}  // namespace reenact
