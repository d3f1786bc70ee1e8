#include "reenact/eyes/eye_drawing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "eyes/ball_picture.h"
#include "eyes/lid_skin.h"
#include "eyes/sampling.h"

namespace reenact {
namespace {

// Lengths in eye widths.
constexpr float box_width = 1.64F;
constexpr float box_above = 0.95F;  ///< from the axis
constexpr float box_below = 0.65F;
constexpr float full_mask = 0.08F;  ///< distance from the lids up to which the layer covers all
constexpr float mask_fade = 0.20F;  ///< further distance over which it ends
constexpr float blur_along = 0.07F;
constexpr float blur_across = 0.03F;
constexpr float grain_share = 0.8F;
constexpr float brow_reach =
    0.40F;  ///< above the lid, up to where skin that a raised brow stretches is drawn anew
constexpr float brow_fade = 0.25F;         ///< further distance over which that ends
constexpr float brow_fade_beside = 0.20F;  ///< the same beside the corners
constexpr float grain_below = 0.10F;       ///< the lower edge
/// Luma over that of plain skin up to which what a raised brow stretches is hair, lashes or paint, in whose
/// place such skin comes in sight, and further luma over which it is more and more skin.
constexpr float darkest_skin = 0.2F;
constexpr float darkest_skin_fade = 0.5F;
constexpr float skin_below_brow = 0.9F;  ///< over plain skin
constexpr float skin_comes_early = 2;    ///< how much sooner than stretched skin is softened
/// Lashes of shut lids: how far above and below their line they have sunk to 1/e, how much less far at
/// the inner corner, and where the line lies below the edge; from the mean of 23 eyes of 13 drivers.
constexpr float lashes_above = 0.08F;
constexpr float lashes_below = 0.115F;
constexpr float lashes_thin_out = 0.5F;
constexpr float lashes_offset = 0.015F;
constexpr float lashes_start = 0.65F;  ///< of the way to shut
constexpr float lashes_fade = 0.3F;    ///< further way over which they come
constexpr float least_lashes = 0.02F;
constexpr float lash_tint = 0.6F;
constexpr float speck_reach = 0.15F;  ///< from shut lids' edges, where nothing is lighter than plain skin
constexpr float lids_part = 0.15F;    ///< from the corners, where lids are never apart, in eye widths
constexpr float slit_start =
    0.5F;                          ///< of the way to shut, at which lashes begin to shade all of the eyeball,
constexpr float slit_fade = 0.4F;  ///< further way over which they come to
constexpr float slit_shade = 0.45F;      ///< how much darker it is then
constexpr float lift_start = 0.25F;      ///< of the way to shut
constexpr float lift_reach = 0.06F;      ///< distance from the edge over which the lift comes in
constexpr float lift_fade_start = 0.6F;  ///< of the way up to where the edge is in the photo,
constexpr float lift_fade = 0.7F;        ///< and further share of it, over which the lift ends below the fold
constexpr float flat_lid = 0.15F;        ///< how much darker a lid is where it does not bulge
constexpr float lid_tint = 0.85F;        ///< share of the tint of plain skin on a shut lid
constexpr float edge_lift = 0.35F;       ///< share of it at the edge, where lashes stay dark

constexpr float highlight_follow = 0.47F;  ///< of the iris's shift
/// Changes of gaze and of opening at which the residual has sunk to 1/e.
constexpr float residual_gaze_rad = 0.08F;
constexpr float residual_opening = 0.12F;
constexpr float least_residual = 0.02F;

constexpr float least_read = 1e-2F;  ///< photo pixels per pixel

/// A flow that leads farther than any picture is wide ends at its edge all the same.
constexpr float farthest_px = 65536.0F;

float square(float x) { return x * x; }

cv::Rect box_around(const EyeFrame& frame) {
  const Eigen::Vector2f middle = frame.image(0.5F, 0.0F);
  const int columns = static_cast<int>(std::ceil(box_width * frame.width)) + 2;
  const int above = static_cast<int>(std::ceil(box_above * frame.width)) + 1;
  const int below = static_cast<int>(std::ceil(box_below * frame.width)) + 1;
  return {static_cast<int>(std::floor(middle.x())) - columns / 2,
          static_cast<int>(std::floor(middle.y())) - above, columns, above + below};
}

/// Everything about a frame's eye that is the same for all of its pixels.
class EyeDrawer {
 public:
  EyeDrawer(const PhotoEye& eye, const EyePose& pose, const cv::Mat& canvas, const FlowField& flow)
      : eye_(eye),
        pose_(pose),
        flow_(flow),
        canvas_(canvas),
        picture_(eye.picture),
        trust_(eye.iris_trust),
        sclera_(eye.sclera),
        highlights_(eye.highlights),
        shade_(eye.lid_shade),
        lift_(eye.lid_lift),
        tone_(eye.lid_tone),
        grain_(eye.grain),
        residual_(eye.residual),
        front_(pose.front.share),
        upper_(lid_skin(eye, pose, flow, true)),
        lower_(lid_skin(eye, pose, flow, false)),
        upper_cosine_(edge_foreshortening(pose.lids.upper, pose.lids.frame.width)),
        lower_cosine_(edge_foreshortening(pose.lids.lower, pose.lids.frame.width)),
        origin_(static_cast<float>(eye.origin.x), static_cast<float>(eye.origin.y)) {
    const float change =
        -square(pose.gaze_change_rad / residual_gaze_rad) - square((pose.opening - 1) / residual_opening);
    residual_share_ = eye.residual.empty() ? 0.0F : std::exp(change);
    if (residual_share_ < least_residual) residual_share_ = 0;
    const Eigen::Vector3f axis = pose.photo_from_frame.transpose() * eye.ball.axis;
    const Eigen::Vector2f iris_then = eye.ball.iris - eye.ball.centre;
    const Eigen::Vector2f iris_now = pose.scale * eye.ball.radius * Eigen::Vector2f(axis.x(), -axis.y());
    highlight_centre_ = pose.ball_centre + highlight_follow * (iris_now - pose.scale * iris_then);
  }

  struct Pixel {
    Eigen::Vector2f place;
    float a, h;
    float edge_a;  ///< a within [0, 1]
    float gap;
    float to_upper, to_lower;  ///< pixels inside the edges
  };

  Pixel pixel(int x, int y) const {
    Pixel p;
    p.place = Eigen::Vector2f(static_cast<float>(x), static_cast<float>(y));
    const Eigen::Vector2f local = pose_.lids.frame.local(p.place);
    p.a = local.x();
    p.h = local.y();
    p.edge_a = clamped(p.a, 0.0F, 1.0F);
    const float upper = at(pose_.lids.upper, p.edge_a);
    const float lower = at(pose_.lids.lower, p.edge_a);
    p.gap = upper - lower;
    p.to_upper = (upper - p.h) * at(upper_cosine_, p.edge_a);
    p.to_lower = (p.h - lower) * at(lower_cosine_, p.edge_a);
    return p;
  }

  /// How far the flow stretches the skin above the lid, as a raised brow does, beyond its texture.
  float stretched(const Pixel& p) const {
    if (p.to_upper >= 0) return 0;
    const float width = pose_.lids.frame.width;
    const float beside = std::max(std::max(-p.a, p.a - 1), 0.0F);
    const float reach = (1 - smoothstep(beside / brow_fade_beside)) *
                        (1 - smoothstep((-p.to_upper / width - brow_reach) / brow_fade));
    if (reach <= 0) return 0;
    const Eigen::Vector2f below = flow_.source_of(p.place - pose_.lids.frame.up);
    const float read = 0.5F * (flow_.source_of(p.place + pose_.lids.frame.up) - below).norm() * pose_.scale;
    return reach * stretch_softness(1 / std::max(read, least_read));
  }

  /// How far the layer covers a pixel: full around the lids and where they were in the photo, and where skin
  /// above them is `stretched`.
  float mask(const Pixel& p, float stretched) const {
    const float width = pose_.lids.frame.width;
    const float raised =
        std::max(at(eye_.lids.upper, p.edge_a) * pose_.scale - at(pose_.lids.upper, p.edge_a), 0.0F);
    const float beside = std::max(std::max(-p.a, p.a - 1), 0.0F) * width;
    const float above = std::max(std::max(-(p.to_upper + raised), -p.to_lower), 0.0F);
    const float distance = std::sqrt(beside * beside + above * above) / width;
    const float around = 1 - smoothstep((distance - full_mask) / mask_fade);
    float share = std::max(around, stretched) * pose_.strength;
    if (share > 0 && !pose_.front.share.empty()) {
      const Eigen::Vector2f at_front = (p.place - pose_.front.origin) * pose_.front.pixels_per_canvas_pixel;
      share *= smoothstep(front_.linear(at_front.x(), at_front.y()));
    }
    return share;
  }

  /// How far a pixel lies between the lids.
  float between_lids(const Pixel& p) const {
    const float width = pose_.lids.frame.width;
    const auto inside = [](float distance) { return clamped(distance + 0.5F, 0.0F, 1.0F); };
    return inside(p.to_upper) * inside(p.to_lower) * inside(p.a * width) * inside((1 - p.a) * width) *
           clamped(p.gap / 0.7F, 0.0F, 1.0F);
  }

  Colour ball(const Pixel& p) const {
    const Eigen::Vector3f seen_from =
        ball_direction(p.place - pose_.ball_centre, eye_.ball.radius * pose_.scale);
    const Eigen::Vector3f direction = pose_.photo_from_frame * seen_from;
    const IrisPlace iris = iris_place(eye_.ball, direction);
    const Eigen::Vector2f white_place = eye_.lids.frame.image(p.a, p.h / pose_.scale) - origin_;
    const Colour white = sclera_.linear(white_place.x(), white_place.y());
    Colour colour = white;
    if (iris.radius < 1.1F + 3 * eye_.ball.limbus) {
      const Eigen::Vector2f photo =
          eye_.ball.centre + eye_.ball.radius * Eigen::Vector2f(direction.x(), -direction.y()) - origin_;
      const float trust = trust_.linear(photo.x(), photo.y()) * smoothstep((direction.z() - 0.15F) / 0.2F);
      colour = ball_colour(eye_, iris, trust, picture_.cubic(photo.x(), photo.y()), white);
    }
    if (!eye_.highlights.empty()) {
      const Eigen::Vector2f place = (p.place - highlight_centre_) / pose_.scale + eye_.ball.centre - origin_;
      colour += highlights_.linear(place.x(), place.y());
    }
    return colour * (1 - slit_shade * smoothstep((shut_share(p.edge_a) - slit_start) / slit_fade));
  }

  struct Skin {
    Colour colour;
    float softness;
  };
  Skin skin(const Pixel& p, float stretched) const {
    const bool above = p.to_upper < p.to_lower;
    const LidSkin& lid = above ? upper_ : lower_;
    const float distance =
        above ? p.h - at(pose_.lids.upper, p.edge_a) : at(pose_.lids.lower, p.edge_a) - p.h;
    LidSkin::Place read = lid.at(p.a, std::max(distance, 0.0F));
    if (read.weight < 1) {
      const Eigen::Vector2f around = flow_.source_of(p.place);
      read.photo = around + read.weight * (read.photo - around);
    }
    Colour colour = clamped(canvas_.cubic(read.photo.x(), read.photo.y()), 0.0F, 255.0F);
    const float around = (1 - read.weight) * stretched;
    if (around > 0) {
      const Colour plain = tone_.linear(p.edge_a * (lid_samples - 1), 0);
      const float over_plain = luma(colour) / std::max(luma(plain), 1.0F);
      const float bare = smoothstep((over_plain - darkest_skin) / darkest_skin_fade);
      const float in_sight =
          std::min(skin_comes_early * around, 1.0F) * (1 - smoothstep(2 * shut_share(p.edge_a)));
      colour = mixed(colour, skin_below_brow * plain, in_sight * (1 - bare));
    }
    const float line = read.weight * lashes_share(p);
    if (line >= least_lashes) colour = mixed(colour, mean_along(lid, p.a, std::max(distance, 0.0F)), line);
    if (above) colour = lifted(colour, p, read);
    colour = without_specks(colour, p, std::max(distance, 0.0F));
    return {colour, std::max(read.softness, around)};
  }

  /// Skin of the upper lid as far out of its fold's shadow as the lid is shut.
  Colour lifted(const Colour& colour, const Pixel& p, const LidSkin::Place& read) const {
    const float shut = smoothstep((shut_share(p.edge_a) - lift_start) / (1 - lift_start));
    if (shut <= 0 || read.weight <= 0) return colour;
    const float off_edge = smoothstep(-p.to_upper / (lift_reach * pose_.lids.frame.width));
    const float unfolded =
        std::max(at(eye_.lids.upper, p.edge_a) * pose_.scale - at(pose_.lids.upper, p.edge_a), 1.0F);
    const float height = -p.to_upper / unfolded;
    const float below_fold = 1 - smoothstep((height - lift_fade_start) / lift_fade);
    const float share = read.weight * shut * below_fold * (edge_lift + (1 - edge_lift) * off_edge);
    const Colour lift = lift_.linear(read.photo.x() - origin_.x(), read.photo.y() - origin_.y());
    const float sides = 4 * p.edge_a * (1 - p.edge_a);
    const float rise = clamped(height, 0.0F, 1.0F);
    const float bulge = 1 - flat_lid * (1 - std::sqrt(sides * 4 * rise * (1 - rise)));
    const Colour tone = bulge * tone_.linear(p.edge_a * (lid_samples - 1), 0);
    Colour light = colour.mul(mixed(Colour::all(1), lift, share));
    for (int c = 0; c < 3; ++c) light[c] = std::min(light[c], std::max(colour[c], tone[c]));
    return mixed(light, tone * (luma(light) / std::max(luma(tone), 1.0F)), lid_tint * share);
  }

  /// Wet rims and what is left of the white near the edges of shut lids, no lighter than plain skin.
  Colour without_specks(const Colour& colour, const Pixel& p, float distance) const {
    const float shut = smoothstep((shut_share(p.edge_a) - lashes_start) / lashes_fade);
    const float share = shut * (1 - smoothstep(distance / (speck_reach * pose_.lids.frame.width)));
    if (share <= 0) return colour;
    const float most = luma(tone_.linear(p.edge_a * (lid_samples - 1), 0)) / std::max(luma(colour), 1.0F);
    return colour * (1 + share * (std::min(most, 1.0F) - 1));
  }

  /// Mean of the lid's skin at places along the edge: lashes and specks of the lids' rims become one line.
  Colour mean_along(const LidSkin& lid, float a, float distance) const {
    constexpr std::array<float, 5> steps = {-0.08F, -0.04F, 0.0F, 0.04F, 0.08F};
    Colour sum = Colour::all(0);
    for (const float step : steps) {
      const Eigen::Vector2f place = lid.at(clamped(a + step, 0.0F, 1.0F), distance).photo;
      sum += canvas_.linear(place.x(), place.y());
    }
    return sum / static_cast<float>(steps.size());
  }

  /// How far the lids are shut at a place along the eye, over how far they are in the photo.
  float shut_share(float a) const {
    const float photo_gap = (at(eye_.lids.upper, a) - at(eye_.lids.lower, a)) * pose_.scale;
    const float gap = at(pose_.lids.upper, a) - at(pose_.lids.lower, a);
    return 1 - clamped(gap / std::max(photo_gap, 1e-3F), 0.0F, 1.0F);
  }

  /// How far the lashes of shut lids cover a pixel, from 0 to 1; 0 while the lids are apart.
  float lashes_share(const Pixel& p) const {
    const float shut =
        smoothstep((shut_share(clamped(p.a, lids_part, 1 - lids_part)) - lashes_start) / lashes_fade);
    if (shut <= 0) return 0;
    const float width = pose_.lids.frame.width;
    const float above = lashes_offset * width - p.to_upper;
    const float thinner = 1 - lashes_thin_out * smoothstep((p.a - 0.55F) / 0.45F);
    const float reach = thinner * (above > 0 ? lashes_above : lashes_below);
    const float softness = eye_.softness * pose_.scale;
    return shut * std::exp(-square(above) / (square(reach * width) + 2 * square(softness))) *
           smoothstep((p.a + 0.12F) / 0.2F) * smoothstep((1.08F - p.a) / 0.25F);
  }

  /// What is finer than shading of the skin below the eye, for a place of the upper lid.
  Colour grain(const Pixel& p) const {
    const float below = at(eye_.lids.lower, p.edge_a) - grain_below * eye_.lids.frame.width -
                        std::max(-p.to_upper, 0.0F) / pose_.scale;
    const Eigen::Vector2f place = eye_.lids.frame.image(p.a, below) - origin_;
    return grain_.linear(place.x(), place.y());
  }

  /// Lashes, the lid's shadow and the line of shut lids over a colour; then what the drawing misses of the
  /// photo.
  Colour finished(const Pixel& p, const Colour& drawn) const {
    const float width = pose_.lids.frame.width;
    Colour colour = drawn;
    const float depth = p.to_upper / width;
    if (p.to_upper > -0.5F && depth < lid_shade_reach) {
      const float share =
          clamped(p.to_upper + 0.5F, 0.0F, 1.0F) * smoothstep(p.a / 0.04F) * smoothstep((1 - p.a) / 0.04F);
      if (share > 0) {
        const Colour shade =
            shade_.linear(depth / lid_shade_reach * (lid_shade_depths - 1), p.edge_a * (lid_samples - 1));
        colour = colour.mul(mixed(Colour::all(1), shade, share));
      }
    }
    const float lashes = lashes_share(p);
    if (lashes > 0) {
      // Lashes of drivers are redder than the skin, by about as much as that is redder than grey.
      const Colour skin = tone_.linear(p.edge_a * (lid_samples - 1), 0);
      const Colour hue = mixed(skin, skin.mul(skin) / std::max(luma(skin), 1.0F), lash_tint);
      colour = mixed(colour, eye_.lash_light * hue, lashes);
    }
    if (residual_share_ > 0) {
      const Eigen::Vector2f place = eye_.lids.frame.image(p.a, p.h / pose_.scale) - origin_;
      colour += residual_share_ * residual_.linear(place.x(), place.y());
    }
    return colour;
  }

 private:
  const PhotoEye& eye_;
  const EyePose& pose_;
  const FlowField& flow_;
  Sampler<cv::Vec3b> canvas_;
  Sampler<Colour> picture_;
  Sampler<float> trust_;
  Sampler<Colour> sclera_;
  Sampler<Colour> highlights_;
  Sampler<Colour> shade_;
  Sampler<Colour> lift_;
  Sampler<Colour> tone_;
  Sampler<Colour> grain_;
  Sampler<Colour> residual_;
  Sampler<float> front_;
  LidSkin upper_;
  LidSkin lower_;
  LidProfile upper_cosine_;
  LidProfile lower_cosine_;
  Eigen::Vector2f origin_;
  Eigen::Vector2f highlight_centre_ = Eigen::Vector2f::Zero();
  float residual_share_ = 0;
};

/// Stretched skin loses its texture along the lid and takes grain from below the eye.
void soften(const EyeDrawer& drawer, const cv::Mat& softness, float width, EyeLayer& layer) {
  cv::Mat weighted;
  cv::Mat weight = softness + 1e-3F;
  cv::Mat three;
  cv::merge(std::vector<cv::Mat>{weight, weight, weight}, three);
  cv::multiply(layer.colour, three, weighted);
  const auto blur = [&](cv::Mat& picture) {
    cv::GaussianBlur(picture, picture, cv::Size(), std::max(0.5F, blur_along * width),
                     std::max(0.5F, blur_across * width), cv::BORDER_REPLICATE);
  };
  blur(weighted);
  blur(weight);
  for (int y = 0; y < layer.box.height; ++y) {
    auto* colours = layer.colour.ptr<Colour>(y);
    for (int x = 0; x < layer.box.width; ++x) {
      const float soft = softness.at<float>(y, x);
      if (soft <= 0 || layer.mask.at<float>(y, x) <= 0) continue;
      const Colour smooth = weighted.at<Colour>(y, x) / std::max(weight.at<float>(y, x), 1e-3F);
      const Colour textured =
          smooth + grain_share * drawer.grain(drawer.pixel(layer.box.x + x, layer.box.y + y));
      colours[x] = mixed(colours[x], textured, soft);
    }
  }
}

}  // namespace

Eigen::Vector2f FlowField::source_of(const Eigen::Vector2f& place) const {
  if (frame_ == nullptr) return place;
  const int size = frame_->size;
  const auto per_pixel = static_cast<float>(size / crop_.side);
  const auto position = [&](float canvas, double start) {
    return clamped((canvas - static_cast<float>(start)) * per_pixel - 0.5F, 0.0F,
                   static_cast<float>(size - 1));
  };
  const float x = position(place.x(), crop_.left);
  const float y = position(place.y(), crop_.top);
  const int left = std::min(static_cast<int>(x), size - 2);
  const int top = std::min(static_cast<int>(y), size - 2);
  const float across = x - static_cast<float>(left);
  const float down = y - static_cast<float>(top);
  const std::ptrdiff_t first = static_cast<std::ptrdiff_t>(top) * size + left;
  const auto flow = [&](int axis) {
    const float* plane = frame_->flow.data() + static_cast<std::ptrdiff_t>(axis) * size * size + first;
    const float above = plane[0] + across * (plane[1] - plane[0]);
    const float below = plane[size] + across * (plane[size + 1] - plane[size]);
    return above + down * (below - above);
  };
  const auto half_side = static_cast<float>(0.5 * crop_.side);
  const Eigen::Vector2f shift = half_side * Eigen::Vector2f(flow(0), flow(1));
  return place + shift.cwiseMax(-farthest_px).cwiseMin(farthest_px);
}

void draw_eye(const PhotoEye& eye, const EyePose& pose, const cv::Mat& canvas, const FlowField& flow,
              EyeLayer& layer) {
  layer.box = box_around(pose.lids.frame);
  layer.colour.create(layer.box.size(), CV_32FC3);
  layer.mask.create(layer.box.size(), CV_32F);
  cv::Mat softness(layer.box.size(), CV_32F, cv::Scalar(0));
  const EyeDrawer drawer(eye, pose, canvas, flow);
  bool any_soft = false;
  for (int y = 0; y < layer.box.height; ++y) {
    auto* colours = layer.colour.ptr<Colour>(y);
    auto* mask = layer.mask.ptr<float>(y);
    auto* soft = softness.ptr<float>(y);
    for (int x = 0; x < layer.box.width; ++x) {
      colours[x] = Colour::all(0);
      const EyeDrawer::Pixel pixel = drawer.pixel(layer.box.x + x, layer.box.y + y);
      const float stretched = drawer.stretched(pixel);
      mask[x] = drawer.mask(pixel, stretched);
      if (mask[x] <= 0 || drawer.between_lids(pixel) >= 1) continue;
      const EyeDrawer::Skin skin = drawer.skin(pixel, stretched);
      colours[x] = skin.colour;
      soft[x] = skin.softness;
      any_soft = any_soft || skin.softness > 0;
    }
  }
  if (any_soft) soften(drawer, softness, pose.lids.frame.width, layer);
  for (int y = 0; y < layer.box.height; ++y) {
    auto* colours = layer.colour.ptr<Colour>(y);
    const auto* mask = layer.mask.ptr<float>(y);
    for (int x = 0; x < layer.box.width; ++x) {
      if (mask[x] <= 0) continue;
      const EyeDrawer::Pixel pixel = drawer.pixel(layer.box.x + x, layer.box.y + y);
      const float inside = drawer.between_lids(pixel);
      if (inside > 0) colours[x] = mixed(colours[x], drawer.ball(pixel), inside);
      colours[x] = clamped(drawer.finished(pixel, colours[x]), 0.0F, 255.0F);
    }
  }
}

void paste_eye(const EyeLayer& layer, const cv::Rect& region, cv::Mat& picture) {
  const cv::Rect seen = layer.box & region & cv::Rect(0, 0, picture.cols, picture.rows);
  for (int y = seen.y; y < seen.y + seen.height; ++y) {
    auto* pixels = picture.ptr<cv::Vec3b>(y);
    const auto* colours = layer.colour.ptr<Colour>(y - layer.box.y);
    const auto* mask = layer.mask.ptr<float>(y - layer.box.y);
    for (int x = seen.x; x < seen.x + seen.width; ++x) {
      const float share = mask[x - layer.box.x];
      if (share <= 0) continue;
      const Colour below = pixels[x];
      const Colour blended = mixed(below, colours[x - layer.box.x], share);
      for (int c = 0; c < 3; ++c) pixels[x][c] = static_cast<std::uint8_t>(blended[c] + 0.5F);
    }
  }
}

}  // namespace reenact
