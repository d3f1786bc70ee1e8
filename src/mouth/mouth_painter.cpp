#include "reenact/mouth/mouth_painter.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "reenact/core/error.h"

namespace reenact {
namespace {

constexpr double margin = 8;           ///< around the opening, pixels where the crop has 512
constexpr double mask_softness = 0.9;  ///< standard deviations, likewise
/// Pixels beside the opening that may still show the photo's own teeth, and how far lips reach into it.
constexpr double beside_opening = 2.0;
constexpr double lips_reach = 5.0;
constexpr float lips_share_beside = 0.4F;  ///< of the softened opening, below which lips are seen
constexpr float least_of_lips = 1e-3F;
constexpr double shadow_softness = 1.8;
constexpr double shadow = 0.4;  ///< of the lips on what lies behind their edge
/// Lips redden the light that they leave: how deep the shadow is in blue, green and red.
const cv::Vec3f shadow_depth = {1.15F, 1.1F, 0.75F};
constexpr double shadow_drop =
    1.8;  ///< that shadows fall: of the upper lip farther, of the lower hardly at all
constexpr double shrunk_softness = 0.4;     ///< per patch pixel on a canvas pixel
constexpr double enlarged_softness = 0.35;  ///< per canvas pixel of an enlarged photo's pixel
constexpr double still_sharp = 1.2;
/// Unsharp mask against the blur of cutting out and laying in; its deviation in pixels of the driver's frame.
constexpr double sharpening = 0.6;
constexpr double sharpening_width = 1.0;
/// Of brightness alone: sharpened colours make green and purple blotches of what a video's coding left of
/// them.
const cv::Matx33f luma_to_all = {0.114F, 0.587F, 0.299F, 0.114F, 0.587F, 0.299F, 0.114F, 0.587F, 0.299F};
constexpr double widest_blur = 8;  ///< canvas pixels
constexpr int oversampling = 4;

/// Coverage of a polygon, [0,1], anti-aliased and softened.
cv::Mat_<float> polygon_mask(const Eigen::Matrix2Xd& points, const cv::Rect& box, double softness) {
  constexpr int fraction_bits = 4;
  std::vector<cv::Point> polygon;
  for (Eigen::Index i = 0; i < points.cols(); ++i) {
    const Eigen::Vector2d fine =
        ((points.col(i) - Eigen::Vector2d(box.x, box.y)).array() + 0.5) * oversampling - 0.5;
    polygon.emplace_back(cvRound(fine.x() * (1 << fraction_bits)), cvRound(fine.y() * (1 << fraction_bits)));
  }
  cv::Mat fine(box.height * oversampling, box.width * oversampling, CV_8U, cv::Scalar(0));
  cv::fillPoly(fine, std::vector<std::vector<cv::Point>>{polygon}, cv::Scalar(255), cv::LINE_8,
               fraction_bits);
  cv::Mat coarse;
  cv::resize(fine, coarse, box.size(), 0, 0, cv::INTER_AREA);
  cv::Mat_<float> mask;
  coarse.convertTo(mask, CV_32F, 1.0 / 255.0);
  cv::GaussianBlur(mask, mask, {0, 0}, softness);
  return mask;
}

cv::Mat decode(const std::vector<std::uint8_t>& jpeg) {
  cv::Mat picture = cv::imdecode(jpeg, cv::IMREAD_COLOR);
  if (picture.empty()) {
    throw InputError("a mouth's picture in the motion cannot be decoded; track the driver again");
  }
  return picture;
}

/// The patch in the pixels of `box`, float BGR.
cv::Mat_<cv::Vec3f> patch_in_canvas(const PlacedMouth& mouth, const cv::Rect& box, const CanvasScale& scale) {
  cv::Mat patch = decode(mouth.jpeg);
  const double patch_per_canvas = std::sqrt(std::abs(mouth.patch_from_canvas.linear().determinant()));
  if (patch_per_canvas > still_sharp * mouth.pixel_size) {
    cv::GaussianBlur(patch, patch, {0, 0}, shrunk_softness * patch_per_canvas);
  }
  const Eigen::Affine2d map = mouth.patch_from_canvas * Eigen::Translation2d(box.x, box.y);
  const cv::Matx23d warp(map(0, 0), map(0, 1), map(0, 2), map(1, 0), map(1, 1), map(1, 2));
  cv::Mat_<cv::Vec3f> placed;
  patch.convertTo(patch, CV_32F);
  cv::warpAffine(patch, placed, warp, box.size(), cv::INTER_CUBIC | cv::WARP_INVERSE_MAP,
                 cv::BORDER_REPLICATE);
  cv::Mat soft;
  const double canvas_per_driver = std::max(mouth.pixel_size / std::max(patch_per_canvas, 1e-6), 1.0);
  cv::GaussianBlur(placed, soft, {0, 0}, sharpening_width * std::min(canvas_per_driver, widest_blur));
  cv::subtract(placed, soft, soft);
  cv::transform(soft, soft, luma_to_all);
  cv::scaleAdd(soft, sharpening, placed, placed);
  if (scale.per_photo_pixel > still_sharp) {
    cv::GaussianBlur(placed, placed, {0, 0}, enlarged_softness * scale.per_photo_pixel);
  }
  cv::min(cv::max(placed, 0), 255, placed);
  return placed;
}

/// Place of each column between the corners of the mouth, −1 to 1.
std::vector<float> columns_across(const PlacedMouth& mouth, const cv::Rect& box) {
  const double right = mouth.opening(0, 0);
  const double left = mouth.opening(0, lip_edge_points / 2);
  const double half = std::max((left - right) / 2, 1.0);
  std::vector<float> across;
  for (int x = 0; x < box.width; ++x) {
    across.push_back(static_cast<float>((box.x + x - (left + right) / 2) / half));
  }
  return across;
}

/// From the middle of the upper to that of the lower lip, of length 1; nothing when they touch.
Eigen::Vector2d downwards(const Eigen::Matrix2Xd& opening) {
  constexpr Eigen::Index half = lip_edge_points / 2;
  const Eigen::Vector2d corners = opening.col(half) - opening.col(0);
  return Eigen::Vector2d(-corners.y(), corners.x()).normalized();
}

/// What lies around the opening continued into it, as if the photo's lips went on there: between them it
/// shows its own teeth or the seam of its lips, torn open. Far inside, where neither lip reaches, the photo
/// itself.
cv::Mat_<cv::Vec3f> continued_lips(const cv::Mat& warped, const cv::Mat_<float>& opening, double per_face) {
  cv::Mat_<float> around;
  cv::GaussianBlur(opening, around, {0, 0}, beside_opening * per_face);
  around = cv::max(1 - around / lips_share_beside, 0);
  cv::Mat_<cv::Vec3f> photo;
  warped.convertTo(photo, CV_32F);
  cv::Mat_<cv::Vec3f> lips(photo.size());
  for (int y = 0; y < lips.rows; ++y) {
    for (int x = 0; x < lips.cols; ++x) lips(y, x) = around(y, x) * photo(y, x);
  }
  cv::GaussianBlur(lips, lips, {0, 0}, lips_reach * per_face);
  cv::GaussianBlur(around, around, {0, 0}, lips_reach * per_face);
  for (int y = 0; y < lips.rows; ++y) {
    for (int x = 0; x < lips.cols; ++x) {
      lips(y, x) = (lips(y, x) + least_of_lips * photo(y, x)) / (around(y, x) + least_of_lips);
    }
  }
  return lips;
}

cv::Mat moved(const cv::Mat& picture, const Eigen::Vector2d& by) {
  const cv::Matx23d shift(1, 0, by.x(), 0, 1, by.y());
  cv::Mat result;
  cv::warpAffine(picture, result, shift, picture.size(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  return result;
}

}  // namespace

cv::Rect painted_box(const PlacedMouth& mouth, const CanvasScale& scale, cv::Size canvas) {
  const double reach = std::ceil(margin * std::max(scale.per_face, 0.5));
  const Eigen::Vector2d low = (mouth.opening.rowwise().minCoeff().array() - reach).floor().max(-1e6);
  const Eigen::Vector2d high = (mouth.opening.rowwise().maxCoeff().array() + reach).ceil().min(1e6);
  if (!(low.allFinite() && high.allFinite())) return {};
  return cv::Rect(cv::Point(static_cast<int>(low.x()), static_cast<int>(low.y())),
                  cv::Point(static_cast<int>(high.x()), static_cast<int>(high.y()))) &
         cv::Rect(cv::Point(0, 0), canvas);
}

void paint_mouth(cv::Mat& picture, const cv::Mat& warped, const cv::Rect& box, const PlacedMouth& mouth,
                 const MouthTone& tone, const CanvasScale& scale) {
  cv::Mat_<cv::Vec3f> patch = patch_in_canvas(mouth, box, scale);
  tone.apply(patch, columns_across(mouth, box));
  const double softness = mask_softness * scale.per_face;
  const cv::Mat_<float> opening = polygon_mask(mouth.opening, box, softness);
  const cv::Mat_<float> inside = polygon_mask(mouth.lip_edge, box, softness);
  cv::Mat_<float> lit = cv::min(opening, inside);
  cv::GaussianBlur(lit, lit, {0, 0}, shadow_softness * scale.per_face);
  lit = moved(lit, shadow_drop * scale.per_face * downwards(mouth.opening));
  const cv::Mat_<cv::Vec3f> lips = continued_lips(warped, opening, scale.per_face);
  for (int y = 0; y < box.height; ++y) {
    auto* pixels = picture.ptr<cv::Vec3b>(y);
    for (int x = 0; x < box.width; ++x) {
      const float dark = static_cast<float>(shadow) * (1 - std::clamp(2 * lit(y, x) - 1, 0.0F, 1.0F));
      const cv::Vec3f light = cv::Vec3f::all(1) - dark * shadow_depth;
      const float weight = static_cast<float>(mouth.amount) * opening(y, x);
      const cv::Vec3f there = inside(y, x) * light.mul(patch(y, x)) + (1 - inside(y, x)) * lips(y, x);
      const cv::Vec3f mixed = (1 - weight) * cv::Vec3f(pixels[x]) + weight * there;
      for (int c = 0; c < 3; ++c) pixels[x][c] = cv::saturate_cast<std::uint8_t>(mixed[c]);
    }
  }
}

}  // namespace reenact
