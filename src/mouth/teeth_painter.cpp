#include "mouth/teeth_painter.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "mouth/lip_height.h"
#include "mouth/spread_colours.h"

namespace reenact {
namespace {

constexpr float behind_teeth = 0.6F;      ///< light that what upper teeth hid has of that around
constexpr double longest_over_own = 1.6;  ///< driver's teeth over the photo's
constexpr double likewise = 0.75;         ///< of a tooth's height: columns that are cleared as far down
constexpr double softness = 0.7;          ///< canvas pixels

/// Fills what is marked with the colours around it, darker.
void darken_marked(cv::Mat_<cv::Vec3f>& patch, const cv::Mat_<float>& marked, double reach) {
  const cv::Mat_<cv::Vec3f> around = spread_colours(patch, 1 - marked, reach);
  cv::Mat_<float> soft;
  cv::GaussianBlur(marked, soft, {0, 0}, softness);
  for (int y = 0; y < patch.rows; ++y) {
    for (int x = 0; x < patch.cols; ++x) {
      patch(y, x) += soft(y, x) * (behind_teeth * around(y, x) - patch(y, x));
    }
  }
}

}  // namespace

void show_own_teeth(cv::Mat_<cv::Vec3f>& patch, const cv::Rect& box, const PlacedMouth& mouth,
                    const OwnTeeth& teeth) {
  const double scale = std::sqrt(std::abs(mouth.photo_from_canvas.linear().determinant()));
  const double height = teeth.height() / std::max(scale, 1e-3);
  cv::Mat lab;
  patch.convertTo(lab, CV_32FC3, 1.0 / 255.0);
  cv::cvtColor(lab, lab, cv::COLOR_BGR2Lab);
  const LipHeight upper = LipHeight::upper(mouth.lip_edge);
  const LipHeight lower = LipHeight::lower(mouth.lip_edge);
  std::vector<int> ends(static_cast<std::size_t>(box.width), 0);
  for (int x = 0; x < box.width; ++x) {
    const auto row = [&](double y) { return static_cast<int>(std::clamp(y - box.y, 0.0, box.height - 1.0)); };
    const int top = row(upper(box.x + x));
    const int bottom = row(std::ceil(lower(box.x + x)));
    std::vector<cv::Vec3f> column;
    for (int y = top; y <= bottom; ++y) column.push_back(lab.at<cv::Vec3f>(y, x));
    const std::optional<ToothRun> run = tooth_run(column, teeth.face());
    if (!run) continue;
    const int last = std::min(run->last, run->first + cvRound(longest_over_own * height));
    ends[static_cast<std::size_t>(x)] = std::min(top + last + 2, box.height);
  }
  // Neighbours are cleared likewise: the line between two rows, or the gap between two teeth, is not seen
  // everywhere.
  const int reach = cvRound(likewise * height);
  cv::Mat_<float> drivers = cv::Mat_<float>::zeros(patch.size());
  for (int x = 0; x < box.width; ++x) {
    const auto first = ends.begin() + std::max(x - reach, 0);
    const auto past = ends.begin() + std::min(x + reach + 1, box.width);
    const int end = *std::max_element(first, past);
    for (int y = 0; y < end; ++y) drivers(y, x) = 1;
  }
  darken_marked(patch, drivers, std::max(height, 1.0));
  const OwnTeeth::Laid laid = teeth.lay(box, mouth.photo_from_canvas);
  for (int y = 0; y < box.height; ++y) {
    for (int x = 0; x < box.width; ++x) {
      patch(y, x) += laid.cover(y, x) * (laid.colours(y, x) - patch(y, x));
    }
  }
}

}  // namespace reenact
