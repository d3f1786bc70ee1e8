#include "reenact/windows/paste_windows.h"

#include <Eigen/LU>
#include <algorithm>
#include <array>
#include <opencv2/imgproc.hpp>

#include "windows/as_matx.h"

namespace reenact {
namespace {

cv::Mat plane_of(const WindowPlanes& planes, int number, int channel) {
  return {planes.height, planes.width, CV_32F, const_cast<float*>(planes.plane(number, channel))};
}

/// A window's colours (B, G, R) and alpha, 1 for white, CV_32FC4. The colours are sharpened (unsharp
/// masking), since what is painted is softer than the truth.
cv::Mat interleaved(const PaintedWindows& painted, int number) {
  constexpr double radius_px = 1.0;
  constexpr double amount = 0.6;
  std::array<cv::Mat, 4> planes;
  for (int channel = 0; channel < 3; ++channel) {
    const cv::Mat painted_plane = plane_of(painted.colour, number, 2 - channel);
    cv::Mat& plane = planes[static_cast<std::size_t>(channel)];
    cv::GaussianBlur(painted_plane, plane, {}, radius_px);
    cv::addWeighted(painted_plane, 1 + amount, plane, -amount, 0, plane);
  }
  planes[3] = plane_of(painted.alpha, number, 0);
  cv::Mat window_colours;
  cv::merge(planes, window_colours);
  return window_colours;
}

/// The pixels of the canvas that a window covers.
cv::Rect covered(const WindowKind& kind, const WindowPlace& place) {
  const Eigen::Matrix2f from_window = place.leftCols<2>().inverse();
  const auto width = static_cast<float>(kind.width);
  const auto height = static_cast<float>(kind.height);
  Eigen::Matrix<float, 2, 4> corners;
  corners << 0, width, 0, width,  //
      0, 0, height, height;
  constexpr float farthest = 1e6F;
  const Eigen::Matrix<float, 2, 4> on_canvas =
      (from_window * (corners.colwise() - place.col(2))).cwiseMax(-farthest).cwiseMin(farthest);
  const Eigen::Vector2i low = on_canvas.rowwise().minCoeff().array().floor().cast<int>();
  const Eigen::Vector2i high = on_canvas.rowwise().maxCoeff().array().ceil().cast<int>();
  return {low.x(), low.y(), high.x() - low.x() + 1, high.y() - low.y() + 1};
}

}  // namespace

void paste_windows(const WindowKind& kind, const PlacedWindows& windows, const cv::Rect& region,
                   cv::Mat& picture) {
  for (int number = 0; number < kind.count; ++number) {
    WindowPlace place = windows.places[static_cast<std::size_t>(number)];
    const cv::Rect box = covered(kind, place) & region;
    if (box.empty()) continue;
    place.col(2) +=
        place.leftCols<2>() * Eigen::Vector2f(static_cast<float>(box.x), static_cast<float>(box.y));
    cv::Mat drawn;
    cv::warpAffine(interleaved(windows.painted, number), drawn, as_matx(place), box.size(),
                   cv::INTER_CUBIC | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT);
    for (int y = 0; y < box.height; ++y) {
      const auto* from = drawn.ptr<cv::Vec4f>(y);
      auto* to = picture.ptr<cv::Vec3b>(box.y + y) + box.x;
      for (int x = 0; x < box.width; ++x) {
        const float alpha = std::clamp(from[x][3], 0.0F, 1.0F);
        for (int channel = 0; channel < 3; ++channel) {
          const auto below = static_cast<float>(to[x][channel]);
          to[x][channel] =
              cv::saturate_cast<std::uint8_t>(below + alpha * (255.0F * from[x][channel] - below));
        }
      }
    }
  }
}

}  // namespace reenact
