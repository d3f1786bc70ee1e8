#include <algorithm>
#include <cmath>

#include "eyes/eye_region.h"
#include "eyes/lid_light.h"
#include "eyes/lid_shade.h"
#include "eyes/sampling.h"
#include "reenact/core/face_model.h"
#include "reenact/eyes/photo_eye.h"

namespace reenact {
namespace {

constexpr float least_width_px = 14.0F;
constexpr float greatest_width_px = 600.0F;
constexpr double greatest_yaw_rad = 0.6;  ///< of a head whose eyes are seen well enough

// In eye widths.
constexpr float open_gap = 0.31F;
constexpr float iris_radius = 0.205F;
constexpr float limbus_share = 0.16F;  ///< of the iris's radius
constexpr float pupil_share = 0.38F;

/// B, G, R of the parts in the light of skin of the usual brightness.
const Colour iris_colour(34, 52, 80);
const Colour rim_colour(22, 30, 44);
const Colour pupil_colour(12, 11, 12);
constexpr float usual_luma = 150.0F;
constexpr float usual_chroma = 0.45F;  ///< (R − B) over the brightness of usual skin
constexpr float white_of_skin = 0.55F;
constexpr float white_offset = 72.0F;
constexpr float white_tint = 0.2F;  ///< share of the skin's tint
constexpr float corner_shade = 0.25F;
constexpr float lid_shadow = 0.45F;  ///< on the ball below the upper lid
constexpr float highlight_level = 95.0F;
constexpr float highlight_radius = 0.13F;  ///< standard deviation, in radii of the iris
const Eigen::Vector2f highlight_place(-0.24F, -0.34F);

/// Light and tint of the skin around the eye.
struct SkinLight {
  Colour tint;          ///< over its brightness
  float luma;           ///< of 255
  float colourfulness;  ///< 0 on a grey photo, 1 on a usual one

  explicit SkinLight(const Colour& colour) {
    luma = std::max(reenact::luma(colour), 1.0F);
    tint = colour / std::max(reenact::luma(colour), 1.0F);
    colourfulness = clamped((tint[2] - tint[0]) / usual_chroma, 0.0F, 1.0F);
  }

  Colour of(const Colour& usual) const {
    const Colour grey = Colour::all(reenact::luma(usual));
    return mixed(grey, usual, colourfulness) * clamped(luma / usual_luma, 0.3F, 1.2F);
  }
  Colour white() const {
    return mixed(Colour::all(1), tint, white_tint) * (white_of_skin * luma + white_offset);
  }
};

/// Height of the opening along the eye's axis.
LidProfile open_profile(float width) {
  LidProfile profile{};
  for (int i = 0; i < lid_samples; ++i) {
    const double arch = std::max(std::sin(M_PI * static_cast<double>(lid_position(i))), 0.0);
    profile[static_cast<std::size_t>(i)] = open_gap * width * static_cast<float>(std::pow(arch, 0.75));
  }
  return profile;
}

cv::Mat made_up_iris(const SkinLight& light) {
  cv::Mat table(iris_rings, iris_sectors + 1, CV_32FC3);
  for (int ring = 0; ring < iris_rings; ++ring) {
    const float radius = static_cast<float>(ring) / (iris_rings - 1);
    const float off_pupil = smoothstep((radius - pupil_share + 0.06F) / 0.12F);
    const float rim = smoothstep((radius - 0.72F) / 0.25F);
    for (int sector = 0; sector <= iris_sectors; ++sector) {
      const auto turn = static_cast<float>(2 * M_PI * sector / iris_sectors);
      const float fibres = 1 + 0.10F * std::sin(7 * turn + 0.6F) + 0.07F * std::sin(17 * turn + 5 * radius);
      const Colour iris = mixed(iris_colour * fibres, rim_colour, rim);
      table.at<Colour>(ring, sector) = light.of(mixed(pupil_colour, iris, off_pupil));
    }
  }
  return table;
}

cv::Mat made_up_white(const EyeRegion& region, const SkinLight& light) {
  cv::Mat white(region.box.size(), CV_32FC3);
  for (int y = 0; y < white.rows; ++y) {
    for (int x = 0; x < white.cols; ++x) {
      const float off_middle = clamped(2 * region.at(y, x).a - 1, -1.0F, 1.0F);
      white.at<Colour>(y, x) = light.white() * (1 - corner_shade * off_middle * off_middle);
    }
  }
  return white;
}

cv::Mat made_up_highlight(const EyeRegion& region, const Eyeball& ball, const SkinLight& light) {
  cv::Mat highlight(region.box.size(), CV_32FC3);
  const float sigma = highlight_radius * ball.iris_radius;
  const Eigen::Vector2f middle = ball.iris + ball.iris_radius * highlight_place;
  const float level = highlight_level * clamped(light.luma / usual_luma, 0.3F, 1.2F);
  for (int y = 0; y < highlight.rows; ++y) {
    for (int x = 0; x < highlight.cols; ++x) {
      const Eigen::Vector2f place(static_cast<float>(region.box.x + x), static_cast<float>(region.box.y + y));
      highlight.at<Colour>(y, x) =
          Colour::all(level * std::exp(-(place - middle).squaredNorm() / (2 * sigma * sigma)));
    }
  }
  return highlight;
}

cv::Mat made_up_shade() {
  cv::Mat shade(lid_samples, lid_shade_depths, CV_32FC3);
  for (int k = 0; k < lid_shade_depths; ++k) {
    const float depth = static_cast<float>(k) / (lid_shade_depths - 1);
    shade.col(k).setTo(cv::Scalar::all(1 - lid_shadow * (1 - smoothstep(depth))));
  }
  return shade;
}

}  // namespace

PreparedEye default_eye(const cv::Mat& canvas, const EyeInPhoto& seen) {
  PhotoEye eye;
  eye.side = seen.side;
  eye.lids = lid_curves(seen.contour, seen.side);
  const float width = eye.lids.frame.width;
  if (!(width >= least_width_px) || width > greatest_width_px) return {std::nullopt, "shut"};
  if (std::abs(seen.head_rotation(2, 2)) < std::cos(greatest_yaw_rad)) return {std::nullopt, "shut"};
  // The line along which the lids meet; landmarks leave a gap there.
  eye.lids.upper = eye.lids.lower;
  eye.open_gap = open_profile(width);

  EyeRegion region(eye.lids, Eyeball());
  eye.origin = region.box.tl();
  eye.picture = canvas_around(canvas, region.box);
  const LidLight light = measure_lid_light(region, eye.lids, eye.picture);
  eye.lid_lift = light.lift;
  eye.lid_tone = light.tone;
  const SkinLight skin(light.skin);

  Eyeball& ball = eye.ball;
  ball.radius = std::max(seen.ball_radius, 1.0F);
  ball.head_rotation = seen.head_rotation;
  ball.gaze_rotation = gaze_rotation(seen.gaze.cast<double>()).cast<float>();
  ball.axis = ball.head_rotation * ball.gaze_rotation * Eigen::Vector3f::UnitZ();
  ball.iris = eye.lids.frame.image(0.5F, at(eye.lids.lower, 0.5F) + 0.5F * at(*eye.open_gap, 0.5F));
  ball.iris_radius = iris_radius * width;
  ball.centre = ball.iris - ball.radius * Eigen::Vector2f(ball.axis.x(), -ball.axis.y());
  ball.limbus = clamped(1.0F / ball.iris_radius, limbus_share, 0.4F);

  eye.iris_trust = cv::Mat::zeros(region.box.size(), CV_32F);
  eye.sclera = made_up_white(region, skin);
  eye.iris_table = made_up_iris(skin);
  eye.highlights = made_up_highlight(region, ball, skin);
  eye.lid_shade = made_up_shade();
  const LashBand lashes = measure_lashes(region, eye.lids, eye.picture);
  eye.lash_height = lashes.height;
  eye.lash_light = lashes.light;
  eye.grain = cv::Mat::zeros(region.box.size(), CV_32FC3);
  return {std::move(eye), ""};
}

}  // namespace reenact
