#include "eyes/lid_skin.h"

#include <algorithm>
#include <cmath>

#include "eyes/sampling.h"

namespace reenact {
namespace {

/// Lengths in eye widths, for the upper lid and the lower.
struct LidLengths {
  float anchor;       ///< from the edge to the skin that does not move with it
  float past_lashes;  ///< the anchor lies at least so far beyond the dark band
  float shut_inset;   ///< from the edge to where a shut lid is read: the edge itself has specks of white
  float moved_inset;  ///< the same for an eye that looks elsewhere
};
constexpr LidLengths upper_lengths = {0.16F, 0.09F, 0.045F, 0.02F};
constexpr LidLengths lower_lengths = {0.14F, 0.05F, 0.06F, 0.03F};
constexpr float lower_band = 0.02F;  ///< thickness of the lower lid's rim

constexpr float full_gaze_change_rad = 0.2F;
/// Deviation, in eye widths, of the anchor from where it would lie above an unmoved edge, at which it is put
/// back: the mesh folds it under the lid.
constexpr float folded_anchor = 0.06F;
constexpr float folded_fade = 0.12F;
constexpr float least_slope = 0.5F;
constexpr float greatest_slope = 1.5F;
/// Stretch from which texture gives way, and further stretch over which it does.
constexpr float textured_stretch = 1.15F;
constexpr float stretch_fade = 0.6F;
constexpr float least_length = 1e-3F;

/// Gaussian of a standard deviation of 1.2 samples along a profile.
LidProfile smoothed(const LidProfile& profile) {
  constexpr std::array<float, 5> taps = {0.0863F, 0.2442F, 0.3390F, 0.2442F, 0.0863F};
  LidProfile smooth{};
  for (int i = 0; i < lid_samples; ++i) {
    for (int k = 0; k < 5; ++k) {
      smooth[static_cast<std::size_t>(i)] +=
          taps[static_cast<std::size_t>(k)] *
          profile[static_cast<std::size_t>(std::clamp(i + k - 2, 0, lid_samples - 1))];
    }
  }
  return smooth;
}

}  // namespace

float stretch_softness(float stretch) { return smoothstep((stretch - textured_stretch) / stretch_fade); }

LidSkin lid_skin(const PhotoEye& eye, const EyePose& pose, const FlowField& flow, bool upper) {
  const LidLengths& lengths = upper ? upper_lengths : lower_lengths;
  const float outward = upper ? 1.0F : -1.0F;
  const float width = eye.lids.frame.width;
  const LidProfile& photo_edge = upper ? eye.lids.upper : eye.lids.lower;
  const LidProfile& edge = upper ? pose.lids.upper : pose.lids.lower;
  const float moved = std::min(pose.gaze_change_rad / full_gaze_change_rad, 1.0F);

  LidSkin skin;
  skin.upper = upper;
  skin.scale = pose.scale;
  LidProfile reach{};
  for (int i = 0; i < lid_samples; ++i) {
    const auto s = static_cast<std::size_t>(i);
    const float a = lid_position(i);
    skin.lashes[s] = upper ? eye.lash_height[s] : lower_band * width;
    const float taper = std::max(std::sqrt(4 * a * (1 - a)), 0.25F);
    reach[s] =
        std::max(lengths.anchor * width * taper, skin.lashes[s] + lengths.past_lashes * width) * pose.scale;
    const float at_rest = photo_edge[s] * pose.scale;
    const float anchor = outward * (std::max(outward * at_rest, outward * edge[s]) + reach[s]);
    const Eigen::Vector2f source = flow.source_of(pose.lids.frame.image(a, anchor));
    skin.anchor_x[s] = source.x();
    skin.anchor_y[s] = source.y();
    skin.height[s] = std::abs(anchor - edge[s]);
  }
  skin.anchor_x = smoothed(skin.anchor_x);
  skin.anchor_y = smoothed(skin.anchor_y);
  for (int i = 0; i < lid_samples; ++i) {
    const auto s = static_cast<std::size_t>(i);
    const EyeFrame& frame = eye.lids.frame;
    Eigen::Vector2f edge_place = frame.image(lid_position(i), photo_edge[s]);
    const Eigen::Vector2f unfolded = edge_place + outward * reach[s] / pose.scale * frame.up;
    const Eigen::Vector2f read(skin.anchor_x[s], skin.anchor_y[s]);
    const float folded = smoothstep(((read - unfolded).norm() / width - folded_anchor) / folded_fade);
    const Eigen::Vector2f anchor = eye.open_gap ? read : Eigen::Vector2f(read + folded * (unfolded - read));
    const float photo_gap = (eye.lids.upper[s] - eye.lids.lower[s]) * pose.scale;
    const float gap = pose.lids.upper[s] - pose.lids.lower[s];
    const float shut = 1 - clamped(gap / std::max(photo_gap, least_length), 0.0F, 1.0F);
    // Lashes of lids that the photo shows shut belong to the upper one.
    const float lashes_inset = eye.open_gap && !upper ? lengths.shut_inset : 0.0F;
    edge_place += outward * width *
                  std::max({lengths.shut_inset * shut, lengths.moved_inset * moved, lashes_inset}) * frame.up;
    skin.edge_x[s] = edge_place.x();
    skin.edge_y[s] = edge_place.y();
    skin.anchor_x[s] = anchor.x();
    skin.anchor_y[s] = anchor.y();
    skin.photo_height[s] = (anchor - edge_place).norm();
  }
  return skin;
}

LidSkin::Place LidSkin::at(float a, float distance) const {
  const auto value = [a](const LidProfile& profile) { return reenact::at(profile, a); };
  const float out_height = std::max(value(height), least_length);
  const float in_height = std::max(value(photo_height), least_length);
  const float band = std::min(value(lashes), 0.6F * in_height);
  const float out_band = band * scale;
  const float out_rest = std::max(out_height - out_band, least_length);
  const float in_rest = std::max(in_height - band, least_length);
  const float q = clamped((distance - out_band) / out_rest, 0.0F, 1.0F);
  float in_distance = distance / scale;
  if (distance >= out_band) {
    // Monotone cubic from the band's rim to the anchor.
    const float slope = clamped(out_rest / scale / in_rest, least_slope, greatest_slope);
    const float q2 = q * q;
    const float q3 = q2 * q;
    in_distance = band + in_rest * ((q3 - 2 * q2 + q) * slope + (3 * q2 - 2 * q3) + (q3 - q2) * slope);
  }
  const float share = clamped(in_distance / in_height, 0.0F, 1.0F);
  const Eigen::Vector2f edge_place(value(edge_x), value(edge_y));
  const Eigen::Vector2f anchor_place(value(anchor_x), value(anchor_y));
  Place place;
  place.photo = edge_place + share * (anchor_place - edge_place);
  place.weight = smoothstep((1 - distance / out_height) / 0.25F) * smoothstep((a + 0.02F) / 0.08F) *
                 smoothstep((1.02F - a) / 0.08F);
  const float stretch = out_rest / (in_rest * scale);
  const float amid = smoothstep(q / 0.12F) * smoothstep((1 - q) / 0.12F);
  place.softness = upper && place.weight > 0 ? stretch_softness(stretch) * amid : 0.0F;
  return place;
}

}  // namespace reenact
