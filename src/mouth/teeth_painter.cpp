#include "mouth/teeth_painter.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "mouth/drawn_teeth.h"
#include "mouth/lip_height.h"
#include "mouth/spread_colours.h"

namespace reenact {
namespace {

constexpr float behind_teeth = 0.6F;      ///< light that what upper teeth hid has of that around
constexpr double longest_over_own = 1.6;  ///< driver's teeth over the photo's
constexpr double likewise = 0.75;         ///< of a tooth's height: columns that are cleared as far down
constexpr double softness_of_gap = 0.7;   ///< canvas pixels

constexpr double typical_height_cm = 0.9;
/// How far below a drawn row the driver's teeth go: a bit, and all of them where they end soon. What reaches
/// farther is its lower row.
constexpr float cleared_cm = 0.14F;
constexpr float soon_cm = 0.4F;
constexpr float cleared_beyond_cm = 0.1F;
constexpr float clearing_softness_cm = 0.08F;
constexpr float shadow_cm = 0.25F;  ///< of the drawn row on what lies below
constexpr float shadow = 0.25F;
constexpr double light_reach = 0.3;    ///< of a tooth's height: a deviation over which its light is measured
constexpr float enough_light = 0.15F;  ///< share of such pixels for half of it
constexpr float least_light = 0.8F;    ///< over that of all of them
constexpr float greatest_light = 1.15F;
constexpr double lit_quantile = 0.9;
constexpr float least_lit = 0.88F;       ///< over the usual: grey teeth look like a film
constexpr float gum_over_teeth = 0.72F;  ///< L
/// Light goes between teeth more often, and loses blue and green.
const cv::Vec3f relief_depth = {1.3F, 1.2F, 1.0F};
const cv::Vec3f arch_depth = {1.1F, 1.07F, 0.97F};
const cv::Vec3f warm = {0.10F, 0.03F, 0};
const cv::Vec3f corner_depth = {0.75F, 0.72F, 0.62F};
constexpr float corner_begins = 0.5F;  ///< of half of the mouth's width
constexpr float relief_of_gum = 0.25F;

/// Fills what is marked with the colours around it, darker.
void darken_marked(cv::Mat_<cv::Vec3f>& patch, const cv::Mat_<float>& marked, double reach) {
  const cv::Mat_<cv::Vec3f> around = spread_colours(patch, 1 - marked, reach);
  cv::Mat_<float> soft;
  cv::GaussianBlur(marked, soft, {0, 0}, softness_of_gap);
  for (int y = 0; y < patch.rows; ++y) {
    for (int x = 0; x < patch.cols; ++x) {
      patch(y, x) += soft(y, x) * (behind_teeth * around(y, x) - patch(y, x));
    }
  }
}

struct DriverTeeth {
  cv::Mat_<float> seen;      ///< 1 where they are
  cv::Mat_<float> covered;   ///< 1 from the lip down to their ends
  std::vector<float> light;  ///< L of those seen
};

/// The upper teeth in `patch`; `height` is that of a tooth, pixels.
DriverTeeth driver_teeth(const cv::Mat_<cv::Vec3f>& patch, const cv::Rect& box, const PlacedMouth& mouth,
                         const FaceTint& face, double height) {
  cv::Mat lab;
  patch.convertTo(lab, CV_32FC3, 1.0 / 255.0);
  cv::cvtColor(lab, lab, cv::COLOR_BGR2Lab);
  const LipHeight upper = LipHeight::upper(mouth.lip_edge);
  const LipHeight lower = LipHeight::lower(mouth.lip_edge);
  DriverTeeth teeth{cv::Mat_<float>::zeros(patch.size()), cv::Mat_<float>::zeros(patch.size()), {}};
  std::vector<int> ends(static_cast<std::size_t>(box.width), 0);
  for (int x = 0; x < box.width; ++x) {
    const auto row = [&](double y) { return static_cast<int>(std::clamp(y - box.y, 0.0, box.height - 1.0)); };
    const int top = row(upper(box.x + x));
    const int bottom = row(std::ceil(lower(box.x + x)));
    std::vector<cv::Vec3f> column;
    for (int y = top; y <= bottom; ++y) column.push_back(lab.at<cv::Vec3f>(y, x));
    const std::optional<ToothRun> run = tooth_run(column, face);
    if (!run) continue;
    const int last = std::min(run->last, run->first + cvRound(longest_over_own * height));
    for (int i = run->first; i <= last; ++i) {
      teeth.seen(top + i, x) = 1;
      teeth.light.push_back(column[static_cast<std::size_t>(i)][0]);
    }
    ends[static_cast<std::size_t>(x)] = std::min(top + last + 2, box.height);
  }
  // Neighbours are cleared likewise: the line between two rows, or the gap between two teeth, is not seen
  // everywhere.
  const int reach = cvRound(likewise * height);
  for (int x = 0; x < box.width; ++x) {
    const auto first = ends.begin() + std::max(x - reach, 0);
    const auto past = ends.begin() + std::min(x + reach + 1, box.width);
    const int end = *std::max_element(first, past);
    for (int y = 0; y < end; ++y) teeth.covered(y, x) = 1;
  }
  return teeth;
}

/// Of the driver's teeth what a drawn row takes the place of, [0,1].
cv::Mat_<float> covered_by(const DrawnTeeth& drawn, const DriverTeeth& driver, float share) {
  cv::Mat_<float> covered = driver.covered.clone();
  for (int x = 0; x < covered.cols; ++x) {
    float end = -DrawnTeeth::beside_row;
    for (int y = 0; y < covered.rows; ++y) {
      if (driver.seen(y, x) > 0 && drawn.below(y, x) < DrawnTeeth::beside_row) end = drawn.below(y, x);
    }
    const float limit = end < soon_cm ? std::max(end + cleared_beyond_cm, cleared_cm) : cleared_cm;
    for (int y = 0; y < covered.rows; ++y) {
      covered(y, x) *= share * std::clamp((limit - drawn.below(y, x)) / clearing_softness_cm, 0.0F, 1.0F);
    }
  }
  return covered;
}

cv::Vec3f bgr_of(const Eigen::Vector3d& tint, float lightness) {
  const Eigen::Vector3d lab = tint / std::max(tint[0], 1.0) * static_cast<double>(lightness);
  cv::Mat_<cv::Vec3f> colour(1, 1, cv::Vec3f(cv::Vec3d(lab[0], lab[1], lab[2])));
  cv::cvtColor(colour, colour, cv::COLOR_Lab2BGR);
  return 255.0F * colour(0, 0);
}

/// L of lit teeth in this frame, at most the usual.
float lit(std::vector<float> light, double usual) {
  if (light.empty()) return static_cast<float>(usual);
  const auto place =
      light.begin() + static_cast<std::ptrdiff_t>(lit_quantile * static_cast<double>(light.size() - 1));
  std::nth_element(light.begin(), place, light.end());
  return std::clamp(*place, least_lit * static_cast<float>(usual), static_cast<float>(usual));
}

/// Darkness of the corners of the mouth, [0,1], at a place between them.
float corner_shade(float across) {
  const float beyond = std::clamp((std::abs(across) - corner_begins) / (1 - corner_begins), 0.0F, 1.0F);
  return beyond * beyond;
}

cv::Vec3f shaded(float light, const cv::Vec3f& depth) { return cv::Vec3f::all(1) - (1 - light) * depth; }

}  // namespace

void show_own_teeth(cv::Mat_<cv::Vec3f>& patch, const cv::Rect& box, const PlacedMouth& mouth,
                    const OwnTeeth& teeth) {
  const double scale = std::sqrt(std::abs(mouth.photo_from_canvas.linear().determinant()));
  const double height = teeth.height() / std::max(scale, 1e-3);
  darken_marked(patch, driver_teeth(patch, box, mouth, teeth.face(), height).covered, std::max(height, 1.0));
  const OwnTeeth::Laid laid = teeth.lay(box, mouth.photo_from_canvas);
  for (int y = 0; y < box.height; ++y) {
    for (int x = 0; x < box.width; ++x) {
      patch(y, x) += laid.cover(y, x) * (laid.colours(y, x) - patch(y, x));
    }
  }
}

void show_drawn_teeth(cv::Mat_<cv::Vec3f>& patch, const cv::Rect& box, const PlacedMouth& mouth,
                      const std::vector<float>& across, const TeethTint& teeth, double softness) {
  const ToothRow& row = *mouth.drawn_row;
  const auto share = static_cast<float>(row.share);
  if (share == 0) return;
  const double height = std::max(typical_height_cm * row.down.norm(), 1.0);
  const DriverTeeth driver = driver_teeth(patch, box, mouth, teeth.face, height);
  const DrawnTeeth drawn = draw_teeth(row, box);
  const float lightness = lit(driver.light, teeth.white[0]);
  const cv::Vec3f white = bgr_of(teeth.white, lightness);
  const cv::Vec3f gum = bgr_of(teeth.face.lips, gum_over_teeth * lightness);
  cv::Mat_<float> measured;
  cv::GaussianBlur(driver.seen, measured, {0, 0}, light_reach * height);
  const cv::Mat_<cv::Vec3f> driver_colours = spread_colours(patch, driver.seen, light_reach * height);
  cv::Mat marked;
  driver.seen.convertTo(marked, CV_8U);
  const auto mean_light = static_cast<float>(cv::mean(patch, marked)[1]);
  darken_marked(patch, covered_by(drawn, driver, share), height);

  cv::Mat_<float> cover = share * drawn.cover;
  cv::Mat_<cv::Vec3f> layer = cv::Mat_<cv::Vec3f>::zeros(patch.size());
  for (int y = 0; y < box.height; ++y) {
    for (int x = 0; x < box.width; ++x) {
      const float under = std::clamp(1 - drawn.below(y, x) / shadow_cm, 0.0F, 1.0F);
      patch(y, x) *= 1 - shadow * share * under;
      if (cover(y, x) == 0) continue;
      const cv::Vec3f place = shaded(drawn.arch(y, x), arch_depth);
      const float driver_light =
          std::clamp(driver_colours(y, x)[1] / std::max(mean_light, 1.0F), least_light, greatest_light);
      const float known = measured(y, x) / (measured(y, x) + enough_light);
      const cv::Vec3f light = place + known * (cv::Vec3f::all(driver_light) - place);
      const cv::Vec3f tooth =
          white.mul(light)
              .mul(shaded(1 - corner_shade(across[static_cast<std::size_t>(x)]), corner_depth))
              .mul(shaded(drawn.relief(y, x), relief_depth))
              .mul(shaded(1 - drawn.warmth(y, x), warm));
      const cv::Vec3f soft_gum = (1 - relief_of_gum * (1 - std::min(drawn.relief(y, x), 1.0F))) * gum;
      layer(y, x) = cover(y, x) * (tooth + drawn.gum(y, x) * (soft_gum - tooth));
    }
  }
  cv::GaussianBlur(layer, layer, {0, 0}, softness);
  cv::GaussianBlur(cover, cover, {0, 0}, softness);
  for (int y = 0; y < box.height; ++y) {
    for (int x = 0; x < box.width; ++x) patch(y, x) = (1 - cover(y, x)) * patch(y, x) + layer(y, x);
  }
}

}  // namespace reenact
