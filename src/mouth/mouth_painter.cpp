#include "reenact/mouth/mouth_painter.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "mouth/lip_height.h"
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
/// How far above and below the opening the photo's own teeth may reach: landmarks of its lips lie beside
/// their edges.
constexpr double teeth_reach = 2.5;
/// What counts as teeth, and what wholly: how far from as red as lips to as pale as teeth (skin lies
/// between), and L over the teeth's (the dark between lips is as pale).
constexpr float hardly_pale = 0.6F;
constexpr float surely_pale = 0.85F;
constexpr float hardly_light = 0.25F;
constexpr float surely_light = 0.4F;
constexpr double teeth_edge_softness = 0.8;
constexpr double seam_softness = 0.9;
constexpr double seam_reach = 1.0;     ///< above and below shut lips, what is covered whatever it looks like
constexpr float seam_darkness = 0.5F;  ///< of the line between shut lips
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
constexpr double sharpening = 0.25;
constexpr double sharpening_width = 1.0;
/// Of brightness alone: sharpened colours make green and purple blotches of what a video's coding left of
/// them.
const cv::Matx33f luma_to_all = {0.114F, 0.587F, 0.299F, 0.114F, 0.587F, 0.299F, 0.114F, 0.587F, 0.299F};
constexpr double widest_blur = 8;     ///< canvas pixels
constexpr float wholly_grainy = 110;  ///< green, of 255, from which on there is as much grain as on skin
constexpr float least_grainy = 0.4F;
// Of a tongue, over half of the mouth's width and over the opening's height there, from the upper lip.
constexpr float tongue_half_width = 0.95F;
constexpr float tongue_place = 0.8F;
constexpr float tongue_height = 0.65F;
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

/// Where in the patch the pixels of `box` are read.
cv::Mat_<cv::Vec2f> places_in_patch(const PlacedMouth& mouth, const cv::Rect& box) {
  const Eigen::Matrix2f linear = mouth.patch_from_canvas.linear().cast<float>();
  const Eigen::Vector2d corner(box.x, box.y);
  const Eigen::Vector2f first = (mouth.patch_from_canvas * corner).cast<float>();
  const Eigen::Vector2f drawn_out =
      (mouth.patch_from_canvas.linear() * mouth.stretch.axis * mouth.stretch.half).cast<float>();
  const Eigen::Vector2d step = mouth.stretch.axis / mouth.stretch.half;
  const double along_corner = mouth.stretch.along(corner);
  cv::Mat_<cv::Vec2f> places(box.size());
  for (int y = 0; y < box.height; ++y) {
    cv::Vec2f* row = places[y];
    for (int x = 0; x < box.width; ++x) {
      const auto shift = static_cast<float>(mouth.stretch.shift(along_corner + x * step.x() + y * step.y()));
      for (int c = 0; c < 2; ++c) {
        row[x][c] = first[c] + static_cast<float>(x) * linear(c, 0) + static_cast<float>(y) * linear(c, 1) +
                    shift * drawn_out[c];
      }
    }
  }
  return places;
}

/// The patch in the pixels of `box`, float BGR.
cv::Mat_<cv::Vec3f> patch_in_canvas(const PlacedMouth& mouth, const cv::Rect& box, const CanvasScale& scale) {
  cv::Mat patch = decode(mouth.jpeg);
  const double patch_per_canvas = std::sqrt(std::abs(mouth.patch_from_canvas.linear().determinant()));
  if (patch_per_canvas > still_sharp * mouth.pixel_size) {
    cv::GaussianBlur(patch, patch, {0, 0}, shrunk_softness * patch_per_canvas);
  }
  cv::Mat_<cv::Vec3f> placed;
  patch.convertTo(patch, CV_32F);
  cv::remap(patch, placed, places_in_patch(mouth, box), cv::noArray(), cv::INTER_CUBIC, cv::BORDER_REPLICATE);
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
  across.reserve(static_cast<std::size_t>(box.width));
  for (int x = 0; x < box.width; ++x) {
    across.push_back(static_cast<float>((box.x + x - (left + right) / 2) / half));
  }
  return across;
}

/// Where a tongue lies in the opening, a dome on its floor: 1 where it catches most light.
cv::Mat_<float> tongue_in(const Eigen::Matrix2Xd& opening, const std::vector<float>& across,
                          const cv::Rect& box) {
  const LipHeight lower = LipHeight::lower(opening);
  const LipHeight upper = LipHeight::upper(opening);
  cv::Mat_<float> tongue(box.size());
  for (int x = 0; x < box.width; ++x) {
    const double top = upper(box.x + x);
    const double height = std::max(lower(box.x + x) - top, 1.0);
    const float aside = across[static_cast<std::size_t>(x)] / tongue_half_width;
    for (int y = 0; y < box.height; ++y) {
      const float up = (tongue_place - static_cast<float>((box.y + y - top) / height)) / tongue_height;
      const float dome = std::max(1 - aside * aside - up * up, 0.0F);
      tongue(y, x) = dome * dome;
    }
  }
  return tongue;
}

/// From the middle of the upper to that of the lower lip, of length 1; nothing when they touch.
Eigen::Vector2d downwards(const Eigen::Matrix2Xd& opening) {
  constexpr Eigen::Index half = lip_edge_points / 2;
  const Eigen::Vector2d corners = opening.col(half) - opening.col(0);
  return Eigen::Vector2d(-corners.y(), corners.x()).normalized();
}

/// How much pixels of the photo look like its teeth and not like its lips, [0,1].
cv::Mat_<float> likeness_to_teeth(const cv::Mat& warped, const OwnTeeth& own) {
  cv::Mat_<cv::Vec3f> lab;
  warped.convertTo(lab, CV_32F, 1.0 / 255.0);
  cv::cvtColor(lab, lab, cv::COLOR_BGR2Lab);
  cv::Mat_<float> likeness(warped.size());
  for (int y = 0; y < likeness.rows; ++y) {
    for (int x = 0; x < likeness.cols; ++x) {
      const float lightness = lab(y, x)[0];
      const float red = lab(y, x)[1] / std::max(lightness, 1.0F);
      const float pale = (own.red_of_lips - red) / (own.red_of_lips - own.red);
      const float light = lightness / own.lightness;
      likeness(y, x) = std::clamp((pale - hardly_pale) / (surely_pale - hardly_pale), 0.0F, 1.0F) *
                       std::clamp((light - hardly_light) / (surely_light - hardly_light), 0.0F, 1.0F);
    }
  }
  cv::dilate(likeness, likeness, cv::Mat());
  return likeness;
}

/// A mask that reaches farther up and down.
cv::Mat_<float> heightened(const cv::Mat_<float>& mask, double reach) {
  const int height = 2 * cvRound(reach) + 1;
  cv::Mat_<float> high;
  cv::dilate(mask, high, cv::getStructuringElement(cv::MORPH_RECT, {1, height}));
  return high;
}

/// The opening and what looks like teeth above and below it. Beside its corners lies skin, which may be as
/// pale.
cv::Mat_<float> with_teeth_beside(const cv::Mat_<float>& opening, const cv::Mat_<float>& teeth,
                                  double per_face) {
  const double softness = teeth_edge_softness * std::max(per_face, 0.5);
  cv::Mat_<float> beside = heightened(opening, teeth_reach * per_face).mul(teeth);
  cv::GaussianBlur(beside, beside, {0, 0}, softness);
  return opening + beside - opening.mul(beside);
}

/// What lies around the opening continued into it, as if the photo's lips went on there: between them it
/// shows its own teeth or the seam of its lips, torn open. Far inside, where neither lip reaches, the photo
/// itself.
cv::Mat_<cv::Vec3f> continued_lips(const cv::Mat& warped, const cv::Mat_<float>& opening,
                                   const cv::Mat_<float>& teeth, double per_face) {
  cv::Mat_<float> around;
  cv::GaussianBlur(opening, around, {0, 0}, beside_opening * per_face);
  around = cv::max(1 - cv::max(around / lips_share_beside, teeth), 0);
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

/// The line between shut lips, in the middle of their 2×80 contour: 1 where it is darkest.
cv::Mat_<float> drawn_seam(const Eigen::Matrix2Xd& contour, const cv::Rect& box, double softness) {
  constexpr int fraction_bits = 4;
  std::vector<cv::Point> points;
  for (int i = 0; i <= lip_edge_points / 2; ++i) {
    const Eigen::Vector2d middle =
        (contour.col(i) + contour.col((lip_edge_points - i) % lip_edge_points)) / 2;
    points.emplace_back(cvRound((middle.x() - box.x) * (1 << fraction_bits)),
                        cvRound((middle.y() - box.y) * (1 << fraction_bits)));
  }
  cv::Mat drawn(box.size(), CV_8U, cv::Scalar(0));
  cv::polylines(drawn, points, false, cv::Scalar(255), 1, cv::LINE_AA, fraction_bits);
  cv::Mat_<float> line;
  drawn.convertTo(line, CV_32F);
  cv::GaussianBlur(line, line, {0, 0}, softness);
  double darkest = 0;
  cv::minMaxIdx(line, nullptr, &darkest);
  return line / std::max(darkest, 1e-3);
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
                 const MouthTone& tone, const MouthSetting& setting) {
  const CanvasScale& scale = setting.scale;
  cv::Mat_<cv::Vec3f> patch = patch_in_canvas(mouth, box, scale);
  const std::vector<float> across = columns_across(mouth, box);
  tone.apply(patch, across, tongue_in(mouth.opening, across, box));
  const double softness = mask_softness * scale.per_face;
  const cv::Mat_<float> opening = polygon_mask(mouth.opening, box, softness);
  const cv::Mat_<float> inside = polygon_mask(mouth.lip_edge, box, softness);
  cv::Mat_<float> lit = cv::min(opening, inside);
  cv::GaussianBlur(lit, lit, {0, 0}, shadow_softness * scale.per_face);
  lit = moved(lit, shadow_drop * scale.per_face * downwards(mouth.opening));
  const cv::Mat_<float> teeth = setting.own_teeth ? likeness_to_teeth(warped, *setting.own_teeth)
                                                  : cv::Mat_<float>::zeros(opening.size());
  const cv::Mat_<float> painted =
      setting.own_teeth ? with_teeth_beside(opening, teeth, scale.per_face) : opening;
  const cv::Mat_<cv::Vec3f> lips = continued_lips(warped, opening, teeth, scale.per_face);
  // Grain goes with the mouth, and dark places of a photo have less of it.
  const Eigen::Vector2d middle = mouth.opening.rowwise().mean();
  const cv::Point grain_from(box.x - cvRound(middle.x()), box.y - cvRound(middle.y()));
  for (int y = 0; y < box.height; ++y) {
    auto* pixels = picture.ptr<cv::Vec3b>(y);
    for (int x = 0; x < box.width; ++x) {
      const float grainy = std::clamp(patch(y, x)[1] / wholly_grainy, least_grainy, 1.0F);
      patch(y, x) += grainy * setting.grain.at(grain_from.x + x, grain_from.y + y);
      const float dark = static_cast<float>(shadow) * (1 - std::clamp(2 * lit(y, x) - 1, 0.0F, 1.0F));
      const cv::Vec3f light = cv::Vec3f::all(1) - dark * shadow_depth;
      const auto amount = static_cast<float>(mouth.amount);
      const float shown = opening(y, x) * inside(y, x);
      const cv::Vec3f there = shown * light.mul(patch(y, x)) + (painted(y, x) - shown) * lips(y, x);
      const cv::Vec3f mixed = (1 - amount * painted(y, x)) * cv::Vec3f(pixels[x]) + amount * there;
      for (int c = 0; c < 3; ++c) pixels[x][c] = cv::saturate_cast<std::uint8_t>(mixed[c]);
    }
  }
}

void close_lips(cv::Mat& picture, const cv::Mat& warped, const cv::Rect& box, const PlacedMouth& mouth,
                const CanvasScale& scale, const OwnTeeth& own_teeth) {
  const double per_face = std::max(scale.per_face, 0.5);
  const cv::Mat_<float> seam = drawn_seam(mouth.opening, box, seam_softness * per_face);
  const cv::Mat_<float> between = heightened(
      cv::max(polygon_mask(mouth.opening, box, mask_softness * per_face), seam), seam_reach * per_face);
  const cv::Mat_<float> teeth = likeness_to_teeth(warped, own_teeth);
  const cv::Mat_<float> covered = with_teeth_beside(between, teeth, scale.per_face);
  const cv::Mat_<cv::Vec3f> lips = continued_lips(warped, between, teeth, scale.per_face);
  for (int y = 0; y < box.height; ++y) {
    auto* pixels = picture.ptr<cv::Vec3b>(y);
    for (int x = 0; x < box.width; ++x) {
      const float weight = static_cast<float>(mouth.shut) * covered(y, x);
      const cv::Vec3f light = cv::Vec3f::all(1) - seam_darkness * seam(y, x) * shadow_depth;
      const cv::Vec3f mixed = (1 - weight) * cv::Vec3f(pixels[x]) + weight * light.mul(lips(y, x));
      for (int c = 0; c < 3; ++c) pixels[x][c] = cv::saturate_cast<std::uint8_t>(mixed[c]);
    }
  }
}

}  // namespace reenact
