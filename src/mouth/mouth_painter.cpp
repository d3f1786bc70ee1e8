#include "reenact/mouth/mouth_painter.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "mouth/lip_height.h"
#include "mouth/lip_texture.h"
#include "mouth/low_pass.h"
#include "mouth/spread_colours.h"
#include "mouth/teeth_painter.h"

namespace reenact {
namespace {

constexpr double margin = 8;           ///< around the opening, pixels where the crop has 512
constexpr double mask_softness = 0.9;  ///< standard deviations, likewise
/// How far beside its lips' edges a photo may show what lies between them: their shadow, or its own teeth.
constexpr double beside_seam = 2.0;
constexpr double beside_teeth = 3.5;
/// Laid::share between which a lip's body lies, and over which it takes the place of what is farther in.
constexpr float body_begins = 0.35F;
constexpr float body_ends = 0.85F;
constexpr double even_from = 0.35;
constexpr double even_to = 0.75;
constexpr double body_reach = 5.0;  ///< standard deviations, pixels where the crop has 512
constexpr double fine_reach = 1.5;
constexpr float greatest_fine = 10;    ///< of 255
constexpr double corner_begins = 0.6;  ///< Laid::aside, likewise where only corners are evened out
constexpr double corner_whole = 0.9;
enum class LipColours { even_at_corners, even };
constexpr double seam_softness = 0.9;
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
/// Of drawn teeth, per canvas pixel of a photo's pixel, and at least.
constexpr double softness_of_teeth = 0.38;
constexpr double least_softness_of_teeth = 0.5;
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
  cv::Mat patch;
  const double patch_per_canvas = std::sqrt(std::abs(mouth.patch_from_canvas.linear().determinant()));
  if (patch_per_canvas > still_sharp * mouth.pixel_size) {
    cv::GaussianBlur(mouth.picture, patch, {0, 0}, shrunk_softness * patch_per_canvas);
    patch.convertTo(patch, CV_32F);
  } else {
    mouth.picture.convertTo(patch, CV_32F);
  }
  cv::Mat_<cv::Vec3f> placed;
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

/// The colours of the lips' bodies, continued.
cv::Mat_<cv::Vec3f> colours_of_bodies(const cv::Mat_<cv::Vec3f>& lips, const LipTexture::Laid& laid,
                                      double reach) {
  cv::Mat_<float> weights(lips.size());
  for (int y = 0; y < lips.rows; ++y) {
    for (int x = 0; x < lips.cols; ++x) {
      const bool is_body = laid.share(y, x) > body_begins && laid.share(y, x) < body_ends;
      weights(y, x) = is_body ? laid.cover(y, x) : 0;
    }
  }
  return spread_colours(lips, weights, reach);
}

/// The photo's lips as they are laid.
cv::Mat_<cv::Vec3f> read_lips(const cv::Mat& photo, const LipTexture::Laid& laid) {
  const auto read = [&](const cv::Mat_<cv::Vec2f>& places) {
    cv::Mat there;
    cv::remap(photo, there, places, cv::noArray(), cv::INTER_CUBIC, cv::BORDER_REPLICATE);
    cv::Mat_<cv::Vec3f> colours;
    there.convertTo(colours, CV_32F);
    return colours;
  };
  cv::Mat_<cv::Vec3f> lips = read(laid.places);
  const cv::Mat_<cv::Vec3f> other = read(laid.other_places);
  for (int y = 0; y < lips.rows; ++y) {
    for (int x = 0; x < lips.cols; ++x) lips(y, x) += laid.other(y, x) * (other(y, x) - lips(y, x));
  }
  return lips;
}

/// The picture with the photo's lips reaching as far as the driver's, without what lies between its own: in
/// `opening`, where a lip is too thin to be laid, and where lips are evened out, there are the colours of
/// their bodies. Of what is evened out what is fine stays.
cv::Mat_<cv::Vec3f> with_lips(const cv::Mat& picture, const cv::Rect& box, const PlacedMouth& mouth,
                              const cv::Mat_<float>& opening, const MouthSetting& setting,
                              LipColours wanted) {
  const double per_face = setting.scale.per_face;
  const double doubtful = setting.shows_teeth ? beside_teeth : beside_seam;
  const LipTexture::Laid laid = LipTexture(mouth, setting.lips, doubtful * per_face).lay(box);
  cv::Mat_<cv::Vec3f> lips = read_lips(setting.lips.picture, laid);
  const double scale = std::max(per_face, 0.5);
  const cv::Mat_<cv::Vec3f> bodies = colours_of_bodies(lips, laid, body_reach * scale);
  cv::Mat_<cv::Vec3f> soft;
  cv::GaussianBlur(lips, soft, {0, 0}, fine_reach * scale);
  for (int y = 0; y < box.height; ++y) {
    const auto* pixels = picture.ptr<cv::Vec3b>(y);
    for (int x = 0; x < box.width; ++x) {
      cv::Vec3f even = bodies(y, x);
      for (int c = 0; c < 3; ++c) {
        even[c] += std::clamp(lips(y, x)[c] - soft(y, x)[c], -greatest_fine, greatest_fine);
      }
      const double inner = smooth_step(even_from, even_to, laid.share(y, x));
      const double aside =
          wanted == LipColours::even ? 1 : smooth_step(corner_begins, corner_whole, laid.aside(y, x));
      const cv::Vec3f laid_on = lips(y, x) + static_cast<float>(inner * aside) * (even - lips(y, x));
      const cv::Vec3f moved = pixels[x];
      const cv::Vec3f below = moved + opening(y, x) * (bodies(y, x) - moved);
      lips(y, x) = below + laid.cover(y, x) * (laid_on - below);
    }
  }
  return lips;
}

/// The 2×80 contour of an opening closed to the line in its middle.
Eigen::Matrix2Xd seam_of(const Eigen::Matrix2Xd& opening) {
  Eigen::Matrix2Xd seam(2, lip_edge_points);
  for (int i = 0; i < lip_edge_points; ++i) {
    seam.col(i) = (opening.col(i) + opening.col((lip_edge_points - i) % lip_edge_points)) / 2;
  }
  return seam;
}

/// The line between shut lips, a 2×80 contour: 1 where it is darkest.
cv::Mat_<float> drawn_seam(const Eigen::Matrix2Xd& seam, const cv::Rect& box, double softness) {
  constexpr int fraction_bits = 4;
  std::vector<cv::Point> points;
  for (int i = 0; i <= lip_edge_points / 2; ++i) {
    points.emplace_back(cvRound((seam(0, i) - box.x) * (1 << fraction_bits)),
                        cvRound((seam(1, i) - box.y) * (1 << fraction_bits)));
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

/// Pixels up to `margin` around some points, which may lie outside of the canvas; none if they are nowhere.
cv::Rect around(const Eigen::Matrix2Xd& points, const CanvasScale& scale) {
  if (!points.allFinite()) return {};
  const double reach = std::ceil(margin * std::max(scale.per_face, 0.5));
  const Eigen::Vector2d low = (points.rowwise().minCoeff().array() - reach).floor().max(-1e6).min(1e6);
  const Eigen::Vector2d high = (points.rowwise().maxCoeff().array() + reach).ceil().max(-1e6).min(1e6);
  return {cv::Point(static_cast<int>(low.x()), static_cast<int>(low.y())),
          cv::Point(static_cast<int>(high.x()), static_cast<int>(high.y()))};
}

/// Pixels between the lips of the moved photo, or of the driver.
cv::Rect inner_box(const PlacedMouth& mouth, const CanvasScale& scale) {
  return around(mouth.opening, scale) | around(mouth.lip_edge, scale);
}

cv::Mat moved(const cv::Mat& picture, const Eigen::Vector2d& by) {
  const cv::Matx23d shift(1, 0, by.x(), 0, 1, by.y());
  cv::Mat result;
  cv::warpAffine(picture, result, shift, picture.size(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  return result;
}

}  // namespace

cv::Rect painted_box(const PlacedMouth& mouth, const CanvasScale& scale, cv::Size canvas) {
  return (around(mouth.lips, scale) | inner_box(mouth, scale)) & cv::Rect({}, canvas);
}

void paint_mouth(cv::Mat& picture, const cv::Rect& box, const PlacedMouth& mouth, const MouthTone& tone,
                 const MouthSetting& setting) {
  const CanvasScale& scale = setting.scale;
  const cv::Rect inner = inner_box(mouth, scale) & box;
  const cv::Rect in_box = inner - box.tl();
  const double softness = mask_softness * scale.per_face;
  cv::Mat_<float> opening = cv::Mat_<float>::zeros(box.size());
  if (!inner.empty()) polygon_mask(mouth.opening, inner, softness).copyTo(opening(in_box));
  cv::Mat_<cv::Vec3f> there = with_lips(picture, box, mouth, opening, setting, LipColours::even_at_corners);
  if (!inner.empty()) {
    cv::Mat_<cv::Vec3f> patch = patch_in_canvas(mouth, inner, scale);
    const std::vector<float> across = columns_across(mouth, inner);
    if (mouth.drawn_row) {
      const double soft = std::max(softness_of_teeth * scale.per_photo_pixel, least_softness_of_teeth);
      show_drawn_teeth(patch, inner, mouth, across, setting.driver_teeth, soft);
    }
    tone.apply(patch, across, tongue_in(mouth.lip_edge, across, inner));
    const cv::Mat_<float> inside = polygon_mask(mouth.lip_edge, inner, softness);
    if (setting.teeth) show_own_teeth(patch, inner, mouth, *setting.teeth);
    cv::Mat_<float> lit = cv::min(opening(in_box), inside);
    cv::GaussianBlur(lit, lit, {0, 0}, shadow_softness * scale.per_face);
    lit = moved(lit, shadow_drop * scale.per_face * downwards(mouth.opening));
    // Grain goes with the mouth, and dark places of a photo have less of it.
    const Eigen::Vector2d middle = mouth.opening.rowwise().mean();
    const cv::Point grain_from(inner.x - cvRound(middle.x()), inner.y - cvRound(middle.y()));
    for (int y = 0; y < inner.height; ++y) {
      for (int x = 0; x < inner.width; ++x) {
        const float grainy = std::clamp(patch(y, x)[1] / wholly_grainy, least_grainy, 1.0F);
        patch(y, x) += grainy * setting.grain.at(grain_from.x + x, grain_from.y + y);
        const float dark = static_cast<float>(shadow) * (1 - std::clamp(2 * lit(y, x) - 1, 0.0F, 1.0F));
        const cv::Vec3f light = cv::Vec3f::all(1) - dark * shadow_depth;
        cv::Vec3f& result = there(y + in_box.y, x + in_box.x);
        const float shown = opening(y + in_box.y, x + in_box.x) * inside(y, x);
        result = shown * light.mul(patch(y, x)) + (1 - shown) * result;
      }
    }
  }
  const auto amount = static_cast<float>(mouth.amount);
  for (int y = 0; y < box.height; ++y) {
    auto* pixels = picture.ptr<cv::Vec3b>(y);
    for (int x = 0; x < box.width; ++x) {
      const cv::Vec3f mixed = (1 - amount) * cv::Vec3f(pixels[x]) + amount * there(y, x);
      for (int c = 0; c < 3; ++c) pixels[x][c] = cv::saturate_cast<std::uint8_t>(mixed[c]);
    }
  }
}

void close_lips(cv::Mat& picture, const cv::Rect& box, const PlacedMouth& mouth,
                const MouthSetting& setting) {
  PlacedMouth closed = mouth;
  closed.lip_edge = seam_of(mouth.opening);
  const double softness = seam_softness * std::max(setting.scale.per_face, 0.5);
  const cv::Mat_<float> between =
      polygon_mask(mouth.opening, box, mask_softness * std::max(setting.scale.per_face, 0.5));
  const cv::Mat_<float> seam = drawn_seam(closed.lip_edge, box, softness);
  const cv::Mat_<cv::Vec3f> lips = with_lips(picture, box, closed, between, setting, LipColours::even);
  const auto shut = static_cast<float>(mouth.shut);
  for (int y = 0; y < box.height; ++y) {
    auto* pixels = picture.ptr<cv::Vec3b>(y);
    for (int x = 0; x < box.width; ++x) {
      const cv::Vec3f light = cv::Vec3f::all(1) - seam_darkness * seam(y, x) * shadow_depth;
      const cv::Vec3f mixed = (1 - shut) * cv::Vec3f(pixels[x]) + shut * light.mul(lips(y, x));
      for (int c = 0; c < 3; ++c) pixels[x][c] = cv::saturate_cast<std::uint8_t>(mixed[c]);
    }
  }
}

}  // namespace reenact
