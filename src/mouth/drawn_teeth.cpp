#include "mouth/drawn_teeth.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "mouth/low_pass.h"

namespace reenact {
namespace {

/// From the middle of the row outwards: incisors, canine, premolars. Centimetres; chosen by looking.
struct ToothShape {
  float crown;   ///< height
  float corner;  ///< by which the edge rises at its sides
  float point;   ///< by which the sides lie above a point in the middle, likewise
  float arch;    ///< DrawnTeeth::arch
};
constexpr std::array<ToothShape, UpperTeeth::count / 2> shapes = {{{1.05F, 0.07F, 0.00F, 1.00F},
                                                                   {0.92F, 0.09F, 0.01F, 0.94F},
                                                                   {0.98F, 0.07F, 0.07F, 0.82F},
                                                                   {0.82F, 0.07F, 0.05F, 0.62F},
                                                                   {0.75F, 0.07F, 0.05F, 0.45F}}};
constexpr float behind_last = 0.3F;  ///< DrawnTeeth::arch
/// No two teeth are of the same white.
constexpr std::array<float, UpperTeeth::count> own_light = {0.99F, 1.0F,   0.95F, 1.01F, 0.98F,
                                                            1.02F, 0.965F, 0.96F, 1.0F,  0.98F};
/// Nor of the same length: by which an edge rises, centimetres.
constexpr std::array<float, UpperTeeth::count> own_rise = {0,      0.01F, 0,      0.035F, 0,
                                                           0.012F, 0.05F, 0.012F, 0,      0};
constexpr float unturned_width = 0.6F;  ///< centimetres in the picture, below which corners are flatter
/// Of half of a tooth, from where on its edge rises: the corner towards the middle of the row is sharper.
constexpr float inner_corner = 0.62F;
constexpr float outer_corner = 0.45F;
constexpr float edge_softness = 1.6F;  ///< pixels
constexpr float gum_softness = 2.5F;
constexpr float side_shade = 0.07F;
constexpr float neck_shade = 0.10F;
constexpr float edge_shade = 0.06F;  ///< teeth are thin there
constexpr float gloss = 0.05F;
constexpr float gloss_narrowness = 9;
constexpr float line_width = 0.018F;  ///< of that between neighbours: a deviation, centimetres
constexpr float line_pixels = 0.5F;   ///< at least
constexpr float line_depth = 0.05F;
constexpr float line_depth_at_edge = 0.11F;
constexpr float line_depth_at_neck = 0.06F;
constexpr float gum_arch = 0.2F;  ///< that the gum is lower between teeth, of their height
constexpr float warmth_of_neck = 0.7F;
constexpr float warmth_far_back = 0.3F;

float step(double low, double high, float value) {
  return static_cast<float>(smooth_step(low, high, static_cast<double>(value)));
}
float bell(float over_deviation) { return std::exp(-0.5F * over_deviation * over_deviation); }

/// A row in its own axes, centimetres: to the subject's left, and down.
class Row {
 public:
  explicit Row(const ToothRow& row) : scale_(row.down.norm()), lowered_(static_cast<float>(row.lowered_cm)) {
    if (!(scale_ > 0) || row.edges.cols() != UpperTeeth::count ||
        row.bounds.cols() != UpperTeeth::count + 1) {
      return;
    }
    down_ = row.down / scale_;
    along_ = {down_.y(), -down_.x()};
    for (const auto& point : row.bounds.colwise()) {
      const auto place = static_cast<float>(along_.dot(point) / scale_);
      bounds_.push_back(bounds_.empty() ? place : std::max(place, bounds_.back()));
    }
    for (const auto& point : row.edges.colwise()) {
      edges_.push_back(static_cast<float>(down_.dot(point) / scale_) - own_rise[edges_.size()]);
    }
  }

  bool is_empty() const { return edges_.empty(); }
  float pixel() const { return static_cast<float>(1 / scale_); }

  /// A place on or below a tooth.
  struct Place {
    std::size_t tooth = 0;
    std::size_t shape = 0;
    float outward = 0;  ///< from the tooth's middle, −1 to 1 away from that of the row
    float width = 0;    ///< of the tooth, centimetres
    float below = 0;    ///< DrawnTeeth::below
    float up = 0;       ///< from the edge, 0, to the gum, 1
  };
  /// Whether there is a tooth above or below `pixel`.
  bool find(const Eigen::Vector2d& pixel, Place& place) const {
    const auto across = static_cast<float>(along_.dot(pixel) / scale_);
    const auto height = static_cast<float>(down_.dot(pixel) / scale_);
    const auto next = std::upper_bound(bounds_.begin(), bounds_.end(), across);
    if (next == bounds_.begin() || next == bounds_.end()) return false;
    place.tooth = static_cast<std::size_t>(next - bounds_.begin()) - 1;
    place.width = *next - *(next - 1);
    if (!(place.width > static_cast<float>(1 / scale_))) return false;
    const bool is_left = place.tooth >= shapes.size();
    place.shape = is_left ? place.tooth - shapes.size() : shapes.size() - 1 - place.tooth;
    const float aside = 2 * (across - *(next - 1)) / place.width - 1;
    place.outward = is_left ? aside : -aside;
    place.below = height - edge_at(place, aside);
    place.up = -place.below / (shapes[place.shape].crown + std::max(lowered_, 0.0F));
    return true;
  }

 private:
  float edge_at(const Place& place, float aside) const {
    const ToothShape& shape = shapes[place.shape];
    const float side = std::abs(aside);
    const std::size_t before = place.tooth - (place.tooth > 0 ? 1 : 0);
    const std::size_t after = std::min(place.tooth + 1, edges_.size() - 1);
    const float neighbour = edges_[aside < 0 ? before : after];
    const float in_line = edges_[place.tooth] + (neighbour - edges_[place.tooth]) * 0.5F * side;
    const float beyond = 2 * std::max(side - (place.outward > 0 ? outer_corner : inner_corner), 0.0F);
    const float turned = std::min(place.width / unturned_width, 1.0F);
    return in_line - turned * (shape.corner * beyond * beyond + shape.point * side);
  }

  double scale_;
  float lowered_;
  Eigen::Vector2d down_ = Eigen::Vector2d::Zero();
  Eigen::Vector2d along_ = Eigen::Vector2d::Zero();
  std::vector<float> bounds_;
  std::vector<float> edges_;
};

float arch_at(const Row::Place& place) {
  const float own = shapes[place.shape].arch;
  float neighbour = own;
  if (place.outward > 0) {
    neighbour = place.shape + 1 < shapes.size() ? shapes[place.shape + 1].arch : behind_last;
  } else if (place.shape > 0) {
    neighbour = shapes[place.shape - 1].arch;
  }
  return own + (neighbour - own) * 0.5F * std::abs(place.outward);
}

float relief_at(const Row::Place& place, float pixel) {
  const float side = std::abs(place.outward);
  const float square = side * side;
  const float own = own_light[place.tooth];
  const float round = 1 - side_shade * square * side;
  const float along =
      1 - neck_shade * step(0.4, 1.1, place.up) - edge_shade * (1 - step(0.0, 0.25, place.up));
  const float aside = place.outward + 0.2F;
  const float high = place.up - 0.45F;
  const float glossy = 1 + gloss * std::exp(-gloss_narrowness * (aside * aside + high * high));
  const float depth = line_depth + line_depth_at_edge * (1 - step(0.05, 0.45, place.up)) +
                      line_depth_at_neck * step(0.6, 1.0, place.up);
  const float from_line = (1 - side) * place.width / 2;
  const float width = std::max(line_width, line_pixels * pixel);
  const float line = 1 - depth * std::sqrt(line_width / width) * bell(from_line / width);
  return (own + (1 - own) * square) * round * along * glossy * line;
}

}  // namespace

DrawnTeeth draw_teeth(const ToothRow& row, const cv::Rect& box) {
  const auto all = [&](float value) { return cv::Mat_<float>(box.size(), value); };
  DrawnTeeth drawn{all(1), all(1), all(0), all(0), all(0), all(DrawnTeeth::beside_row)};
  const Row teeth(row);
  if (teeth.is_empty()) return drawn;
  const float pixel = teeth.pixel();
  for (int y = 0; y < box.height; ++y) {
    for (int x = 0; x < box.width; ++x) {
      Row::Place place;
      if (!teeth.find(Eigen::Vector2d(box.x + x, box.y + y), place)) continue;
      drawn.below(y, x) = place.below;
      const float cover = std::clamp(0.5F - place.below / (edge_softness * pixel), 0.0F, 1.0F);
      if (cover == 0) continue;
      const ToothShape& shape = shapes[place.shape];
      const float side = std::abs(place.outward);
      drawn.cover(y, x) = cover;
      drawn.relief(y, x) = relief_at(place, pixel);
      drawn.arch(y, x) = arch_at(place);
      drawn.warmth(y, x) = warmth_of_neck * step(0.3, 1.0, place.up) + warmth_far_back * (1 - shape.arch);
      const float above_gum = place.up - 1 + gum_arch * side * side * side;
      drawn.gum(y, x) = std::clamp(0.5F + above_gum * shape.crown / (gum_softness * pixel), 0.0F, 1.0F);
    }
  }
  return drawn;
}

}  // namespace reenact
