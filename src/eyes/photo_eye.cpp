#include "reenact/eyes/photo_eye.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "eyes/ball_picture.h"
#include "eyes/eye_region.h"
#include "eyes/highlights.h"
#include "eyes/iris_circle.h"
#include "eyes/iris_table.h"
#include "eyes/lid_light.h"
#include "eyes/lid_shade.h"
#include "eyes/limbus.h"
#include "eyes/sampling.h"
#include "eyes/sclera.h"
#include "reenact/core/face_model.h"
#include "reenact/eyes/eye_drawing.h"

namespace reenact {
namespace {

constexpr float least_width_px = 12.0F;
constexpr float greatest_width_px = 600.0F;  ///< bounds memory and time
constexpr float least_gap = 0.09F;           ///< mean height over width of an eye that is open
constexpr float greatest_gap = 0.60F;        ///< a taller contour is that of a drawn eye
constexpr float farthest_iris = 0.30F;       ///< from the middle of the opening, in eye widths
constexpr float least_iris = 0.18F;          ///< radius over the eye's width
constexpr float greatest_iris = 0.32F;
constexpr float least_contrast = 4.0F;  ///< step of brightness at the iris's edge

constexpr float surely_iris = 0.8F;        ///< radii of the iris within which it is seen,
constexpr float surely_white = 1.2F;       ///< and beyond which the white is
constexpr float unlit_above = 0.06F;       ///< in eye widths, below the upper edge
constexpr float unlit_below = 0.03F;       ///< above the lower edge
constexpr float as_light_as_white = 0.9F;  ///< of 100 photos' irises none is lighter than 0.85 of the white

constexpr float least_limbus = 0.06F;
constexpr float greatest_limbus = 0.4F;
constexpr float least_limbus_px = 0.7F;
constexpr float crisp_limbus_px = 0.9F;  ///< half width of the limbus of a photo without blur
constexpr float limbus_per_sigma = 1.2F;

constexpr float grain_sigma = 0.03F;  ///< in eye widths
constexpr float greatest_grain = 12.0F;

float mean_gap(const LidCurves& lids) {
  float sum = 0;
  int count = 0;
  for (int i = lid_samples / 4; i <= 3 * lid_samples / 4; ++i, ++count) {
    sum += lids.upper[static_cast<std::size_t>(i)] - lids.lower[static_cast<std::size_t>(i)];
  }
  return sum / static_cast<float>(count) / lids.frame.width;
}

/// Why the landmarks cannot be those of an open eye that is large enough; empty when they can.
std::string refusal_of(const LidCurves& lids, const EyeInPhoto& seen) {
  const float width = lids.frame.width;
  if (!(width >= least_width_px)) return "too small";
  if (width > greatest_width_px) return "too large";
  if (mean_gap(lids) < least_gap) return "shut";
  if (mean_gap(lids) > greatest_gap) return "no human shape";
  const Eigen::Vector2f iris = lids.frame.local(seen.iris);
  const float middle = 0.5F * (at(lids.upper, 0.5F) + at(lids.lower, 0.5F));
  if (std::abs(iris.x() - 0.5F) > farthest_iris || std::abs(iris.y() - middle) > farthest_iris * width) {
    return "iris outside the lids";
  }
  return "";
}

/// Whether what lies in the iris's circle is as light as the white beside it and lighter than the skin below:
/// the eye is rolled up, or that of a statue.
bool shows_no_iris(const EyeRegion& region, const cv::Mat& photo) {
  float sum[3] = {0, 0, 0};  // iris, white, skin
  int count[3] = {0, 0, 0};
  for (int y = 0; y < photo.rows; ++y) {
    for (int x = 0; x < photo.cols; ++x) {
      const EyePixel& pixel = region.at(y, x);
      const bool lit =
          pixel.to_upper > unlit_above * region.width && pixel.to_lower > unlit_below * region.width;
      const bool is_skin = !pixel.inside && pixel.h < 0;
      const float radius = pixel.iris.radius;
      if (!is_skin && (!pixel.inside || !lit || (radius > surely_iris && radius < surely_white))) continue;
      const int kind = is_skin ? 2 : (radius <= surely_iris ? 0 : 1);
      sum[kind] += luma(photo.at<Colour>(y, x));
      ++count[kind];
    }
  }
  if (count[0] == 0 || count[1] == 0 || count[2] == 0) return false;
  const float iris = sum[0] / static_cast<float>(count[0]);
  const float white = sum[1] / static_cast<float>(count[1]);
  const float skin = sum[2] / static_cast<float>(count[2]);
  return iris > as_light_as_white * white && iris > skin;
}

Eyeball place_ball(const EyeInPhoto& seen, const IrisCircle& circle) {
  Eyeball ball;
  ball.radius = std::max(seen.ball_radius, 1.0F);
  ball.head_rotation = seen.head_rotation;
  ball.gaze_rotation = gaze_rotation(seen.gaze.cast<double>()).cast<float>();
  ball.axis = ball.head_rotation * ball.gaze_rotation * Eigen::Vector3f::UnitZ();
  ball.iris = circle.centre;
  ball.iris_radius = circle.radius;
  ball.centre = circle.centre - ball.radius * Eigen::Vector2f(ball.axis.x(), -ball.axis.y());
  ball.limbus = clamped(least_limbus_px / circle.radius, least_limbus, greatest_limbus);
  return ball;
}

/// The eyeball alone, seen as in the photo.
cv::Mat draw_ball(const PhotoEye& eye, const EyeRegion& region) {
  cv::Mat ball(region.box.size(), CV_32FC3);
  for (int y = 0; y < ball.rows; ++y) {
    for (int x = 0; x < ball.cols; ++x) {
      ball.at<Colour>(y, x) = ball_colour(eye, region.at(y, x).iris, eye.iris_trust.at<float>(y, x),
                                          eye.picture.at<Colour>(y, x), eye.sclera.at<Colour>(y, x));
    }
  }
  return ball;
}

cv::Mat fine_grain(const cv::Mat& picture, float width) {
  cv::Mat smooth;
  cv::GaussianBlur(picture, smooth, cv::Size(), std::max(0.8F, grain_sigma * width), 0, cv::BORDER_REPLICATE);
  cv::Mat grain = picture - smooth;
  for (int y = 0; y < grain.rows; ++y) {
    for (int x = 0; x < grain.cols; ++x) {
      grain.at<Colour>(y, x) = clamped(grain.at<Colour>(y, x), -greatest_grain, greatest_grain);
    }
  }
  return grain;
}

/// The photo minus the eye drawn as it is there, over the region's box.
cv::Mat measure_residual(const PhotoEye& eye, const EyeRegion& region, const cv::Mat& photo,
                         const cv::Mat& canvas) {
  EyeLayer layer;
  draw_eye(eye, pose_in_photo(eye), canvas, FlowField(), layer);
  cv::Mat residual(region.box.size(), CV_32FC3, cv::Scalar::all(0));
  const cv::Rect both = layer.box & region.box;
  for (int y = both.y; y < both.y + both.height; ++y) {
    for (int x = both.x; x < both.x + both.width; ++x) {
      if (layer.mask.at<float>(y - layer.box.y, x - layer.box.x) <= 0) continue;
      residual.at<Colour>(y - region.box.y, x - region.box.x) =
          photo.at<Colour>(y - region.box.y, x - region.box.x) -
          layer.colour.at<Colour>(y - layer.box.y, x - layer.box.x);
    }
  }
  return residual;
}

}  // namespace

PreparedEye prepare_eye(const cv::Mat& canvas, const EyeInPhoto& seen) {
  PhotoEye eye;
  eye.side = seen.side;
  eye.lids = lid_curves(seen.contour, seen.side);
  const std::string refusal = refusal_of(eye.lids, seen);
  if (!refusal.empty()) return {std::nullopt, refusal};

  const float width = eye.lids.frame.width;
  EyeRegion region(eye.lids, Eyeball());
  eye.origin = region.box.tl();
  const cv::Mat photo = canvas_around(canvas, region.box);
  cv::Mat grey;
  cv::cvtColor(photo, grey, cv::COLOR_BGR2GRAY);
  const Eigen::Vector2f origin(static_cast<float>(eye.origin.x), static_cast<float>(eye.origin.y));
  LidCurves lids_in_box = eye.lids;
  lids_in_box.frame.outer -= origin;
  IrisCircle guess;
  guess.centre = seen.iris - origin;
  guess.radius = clamped(seen.iris_radius, least_iris * width, greatest_iris * width);
  IrisCircle circle = find_iris(grey, guess, lids_in_box);
  if (circle.contrast < least_contrast) return {std::nullopt, "no edge of an iris"};
  circle.centre += origin;

  eye.ball = place_ball(seen, circle);
  region.place_on(eye.ball);
  if (shows_no_iris(region, photo)) return {std::nullopt, "no iris"};
  eye.picture = photo.clone();
  eye.highlights = take_out_highlights(region, eye.ball.iris_radius, eye.picture);
  if (const auto limbus = measure_limbus(region, eye.picture, eye.ball.iris_radius)) {
    eye.ball.iris_radius *= limbus->radius;
    eye.ball.limbus = clamped(limbus->half_width, eye.ball.limbus, greatest_limbus);
    region.place_on(eye.ball);
  }
  const float limbus_px = eye.ball.limbus * eye.ball.iris_radius;
  eye.softness = std::max(limbus_px - crisp_limbus_px, 0.0F) / limbus_per_sigma;

  eye.iris_trust = iris_trust(region);
  eye.sclera = sclera_plate(region, eye.ball, eye.picture);
  eye.iris_table = iris_table(region, eye.picture, eye.iris_trust, white_of(region, eye.ball, eye.picture));
  eye.lid_shade = measure_lid_shade(region, eye.lids, eye.picture, draw_ball(eye, region));
  const LidLight light = measure_lid_light(region, eye.lids, photo);
  eye.lid_lift = light.lift;
  eye.lid_tone = light.tone;
  const LashBand lashes = measure_lashes(region, eye.lids, photo);
  eye.lash_height = lashes.height;
  eye.lash_light = lashes.light;
  eye.grain = fine_grain(photo, width);
  eye.residual = measure_residual(eye, region, photo, canvas);
  return {std::move(eye), ""};
}

}  // namespace reenact
