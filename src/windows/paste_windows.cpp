#include "reenact/windows/paste_windows.h"

#include <Eigen/LU>
#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "windows/as_matx.h"
#include "windows/photo_likeness.h"

namespace reenact {
namespace {

cv::Mat plane_of(const WindowPlanes& planes, int number, int channel) {
  return {planes.height, planes.width, CV_32F, const_cast<float*>(planes.plane(number, channel))};
}

/// A window's colours (B, G, R) and alpha, 1 for white, CV_32FC4. Networks that end in a pixel shuffle leave
/// a pattern of every other pixel (Odena et al. 2016), which is filtered out; what is left is sharpened
/// (unsharp masking), since what is painted is softer than the truth.
cv::Mat interleaved(const PaintedWindows& painted, int number) {
  static const cv::Mat without_checkers = (cv::Mat_<float>(5, 1) << -1, 4, 10, 4, -1) / 16;
  constexpr double radius_px = 1.0;
  constexpr double amount = 1.0;
  std::array<cv::Mat, 4> planes;
  for (int channel = 0; channel < 3; ++channel) {
    cv::Mat even;
    cv::sepFilter2D(plane_of(painted.colour, number, 2 - channel), even, CV_32F, without_checkers,
                    without_checkers);
    cv::Mat& plane = planes[static_cast<std::size_t>(channel)];
    cv::GaussianBlur(even, plane, {}, radius_px);
    cv::addWeighted(even, 1 + amount, plane, -amount, 0, plane);
  }
  planes[3] = plane_of(painted.alpha, number, 0);
  cv::Mat window_colours;
  cv::merge(planes, window_colours);
  return window_colours;
}

/// Blends a window's colours and alpha, CV_32FC4, into the picture that lies below it, CV_8UC3. With
/// a `tint_radius` (pixels of the picture) the window takes on grain and tint of what is below first.
void blend(const cv::Mat& window, double tint_radius, cv::Mat& picture) {
  cv::Mat alpha, colours, below;
  cv::extractChannel(window, alpha, 3);
  if (cv::countNonZero(alpha > 0) == 0) return;
  cv::cvtColor(window, colours, cv::COLOR_BGRA2BGR);
  colours *= 255;
  picture.convertTo(below, CV_32F);
  if (tint_radius > 0) liken_to_photo(colours, below, tint_radius);
  for (int y = 0; y < picture.rows; ++y) {
    const auto* shares = alpha.ptr<float>(y);
    const auto* from = colours.ptr<cv::Vec3f>(y);
    auto* to = picture.ptr<cv::Vec3b>(y);
    for (int x = 0; x < picture.cols; ++x) {
      const float share = std::clamp(shares[x], 0.0F, 1.0F);
      for (int channel = 0; channel < 3; ++channel) {
        const auto old = static_cast<float>(to[x][channel]);
        to[x][channel] = cv::saturate_cast<std::uint8_t>(old + share * (from[x][channel] - old));
      }
    }
  }
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
    cv::Mat part = picture(box);
    const double canvas_px = 1 / std::sqrt(std::abs(place.leftCols<2>().determinant()));
    blend(drawn, kind.tint_radius_px * canvas_px, part);
  }
}

}  // namespace reenact
