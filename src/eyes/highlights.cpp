#include "eyes/highlights.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <opencv2/photo.hpp>
#include <vector>

#include "eyes/sampling.h"
#include "eyes/statistics.h"

namespace reenact {
namespace {

/// A highlight is brighter than the iris's median by this many levels, and than this share of the eye's
/// bright parts.
constexpr float above_median = 45.0F;
constexpr float bright_quantile = 0.9F;
constexpr float share_of_bright = 0.75F;
constexpr float largest_share = 0.12F;  ///< of the iris's area
constexpr float outermost = 0.97F;      ///< radii of the iris
constexpr float below_upper_lid = 0.03F;
constexpr float rim = 0.03F;  ///< around a highlight that is filled in too, in eye widths
constexpr std::size_t least_iris_pixels = 12;

}  // namespace

cv::Mat take_out_highlights(const EyeRegion& region, float iris_radius, cv::Mat& picture) {
  std::vector<float> iris;
  std::vector<float> eye;
  for (int y = 0; y < picture.rows; ++y) {
    const auto* row = picture.ptr<Colour>(y);
    for (int x = 0; x < picture.cols; ++x) {
      const EyePixel& pixel = region.at(y, x);
      if (!pixel.inside) continue;
      eye.push_back(luma(row[x]));
      if (pixel.iris.radius < 1.05F) iris.push_back(eye.back());
    }
  }
  if (iris.size() < least_iris_pixels) return {};
  const float threshold =
      std::max(quantile(iris, 0.5F) + above_median, share_of_bright * quantile(eye, bright_quantile));

  cv::Mat bright(picture.size(), CV_8U, cv::Scalar(0));
  cv::Mat iris_mask(picture.size(), CV_8U, cv::Scalar(0));
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x) {
      const EyePixel& pixel = region.at(y, x);
      if (!pixel.inside || pixel.iris.radius >= 1.05F) continue;
      iris_mask.at<std::uint8_t>(y, x) = 1;
      const bool candidate = pixel.iris.radius < 0.98F && pixel.to_upper > below_upper_lid * region.width &&
                             luma(picture.at<Colour>(y, x)) > threshold;
      bright.at<std::uint8_t>(y, x) = candidate ? 1 : 0;
    }
  }
  cv::Mat labels;
  const int count = cv::connectedComponents(bright, labels);
  std::vector<float> farthest(static_cast<std::size_t>(count), 0.0F);
  std::vector<int> area(static_cast<std::size_t>(count), 0);
  for (int y = 0; y < labels.rows; ++y) {
    for (int x = 0; x < labels.cols; ++x) {
      const auto label = static_cast<std::size_t>(labels.at<int>(y, x));
      farthest[label] = std::max(farthest[label], region.at(y, x).iris.radius);
      ++area[label];
    }
  }
  const float largest_area = largest_share * static_cast<float>(M_PI) * iris_radius * iris_radius;
  cv::Mat highlight(picture.size(), CV_8U, cv::Scalar(0));
  bool any = false;
  for (int y = 0; y < labels.rows; ++y) {
    for (int x = 0; x < labels.cols; ++x) {
      const auto label = static_cast<std::size_t>(labels.at<int>(y, x));
      if (label == 0 || static_cast<float>(area[label]) >= largest_area || farthest[label] >= outermost)
        continue;
      highlight.at<std::uint8_t>(y, x) = 1;
      any = true;
    }
  }
  if (!any) return {};

  const int reach = std::max(1, static_cast<int>(std::lround(rim * region.width)));
  const cv::Mat disc = cv::getStructuringElement(cv::MORPH_ELLIPSE, cv::Size(2 * reach + 1, 2 * reach + 1));
  cv::dilate(highlight, highlight, disc);
  cv::bitwise_and(highlight, iris_mask, highlight);
  cv::Mat levels;
  cv::Mat filled;
  picture.convertTo(levels, CV_8UC3);
  cv::inpaint(levels, highlight, filled, 3.0 * reach, cv::INPAINT_TELEA);
  cv::Mat taken(picture.size(), CV_32FC3, cv::Scalar::all(0));
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x) {
      if (highlight.at<std::uint8_t>(y, x) == 0) continue;
      const Colour fill = filled.at<cv::Vec3b>(y, x);
      Colour& here = picture.at<Colour>(y, x);
      taken.at<Colour>(y, x) = clamped(here - fill, 0.0F, 255.0F);
      here = fill;
    }
  }
  return taken;
}

}  // namespace reenact
