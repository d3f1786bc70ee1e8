#include "layers/continued_above.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "layers/runs.h"
#include "reenact/core/smoothstep.h"

namespace reenact {
namespace {

constexpr double hair_top_share = 0.36;    // of the crop's side, above its middle: the top of usual hair,
constexpr double hair_line_share = 0.2;    // and where the forehead begins
constexpr double looked_at_cm = 2.5;       // below the border, for how the outline narrows
constexpr double least_mirrored_cm = 1.5;  // less of hair shows nothing that could be repeated
constexpr double most_mirrored_cm = 3.0;
constexpr double highest_cm = 8.0;      // that a head moves
constexpr double flattest_dome = 0.15;  // height of the width at the border
constexpr double wisps_cm = 1.0;        // beside the outline
constexpr double soft_cm = 0.2;         // upper end
constexpr double middle_share = 0.3;    // of the crop's side, on both sides of its middle: where a head is

int overlap(const cv::Range& a, const cv::Range& b) {
  return std::min(a.end, b.end) - std::max(a.start, b.start);
}

/// The run of a row of `inside` that has most in common with `wanted`; empty where none has.
cv::Range run_at(const cv::Mat& inside, int row, const cv::Range& wanted) {
  cv::Range best(0, 0);
  int most = 0;
  for (const cv::Range& run : runs(inside, row)) {
    if (overlap(run, wanted) <= most) continue;
    most = overlap(run, wanted);
    best = run;
  }
  return best;
}

/// The head in the first rows, until it ends.
std::vector<cv::Range> outline_below(const cv::Mat& inside, const cv::Range& middle, int rows) {
  std::vector<cv::Range> outline;
  for (int y = 0; y < std::min(rows, inside.rows); ++y) {
    const cv::Range run = run_at(inside, y, outline.empty() ? middle : outline.back());
    if (run.empty()) break;
    outline.push_back(run);
  }
  return outline;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// How an outline closes above: as a circle does, or a lower one if it must not be as high.
class Dome {
 public:
  /// Goes on as the outline below does. On a circle width² + 4·down² is a linear function of the rows down.
  explicit Dome(const std::vector<cv::Range>& outline) {
    std::vector<double> squared;
    for (std::size_t y = 0; y < outline.size(); ++y) {
      const auto down = static_cast<double>(y);
      squared.push_back(std::pow(outline[y].size(), 2) + 4 * down * down);
    }
    const std::size_t step = squared.size() / 2;
    std::vector<double> slopes;
    for (std::size_t y = step; y < squared.size() && step > 0; ++y) {
      slopes.push_back((squared[y] - squared[y - step]) / static_cast<double>(step));
    }
    if (!slopes.empty()) slope_ = std::max(median(slopes), 0.0);
    for (std::size_t y = 0; y < squared.size(); ++y) squared[y] -= slope_ * static_cast<double>(y);
    squared_ = std::max(median(squared), 1.0);
    height_ = natural_height();
  }

  double height() const { return height_; }

  void lower_to(double height) { height_ = std::min(height_, height); }

  /// Width, of that at the border, so many rows above it.
  double width(double up) const {
    const double place = up * natural_height() / height_;
    return std::sqrt(std::max(0.0, 1 - (slope_ * place + 4 * place * place) / squared_));
  }

 private:
  /// Where width² = width² at the border − slope·up − 4·up² is nothing.
  double natural_height() const { return (std::sqrt(slope_ * slope_ + 16 * squared_) - slope_) / 8; }

  double squared_ = 0;  ///< width at the border
  double slope_ = 0;
  double height_ = 0;
};

/// Goes to and fro between 0 and `last`.
int mirrored(int place, int last) {
  const int in_period = last == 0 ? 0 : place % (2 * last);
  return std::min(in_period, 2 * last - in_period);
}

/// One row above, from a row below that has the head in `from`; the head is to lie in [left, right].
void write_row(const cv::Vec4b* below, int columns, const cv::Range& from, double left, double right,
               double wisps, double share, cv::Vec4b* out) {
  const double scale = (from.size() - 1) / std::max(right - left, 1e-3);
  const int first = std::max(0, static_cast<int>(std::ceil(left - wisps)));
  const int last = std::min(columns - 1, static_cast<int>(std::floor(right + wisps)));
  for (int x = first; x <= last; ++x) {
    const double inside = std::clamp(static_cast<double>(x), left, std::max(left, right));
    const double place = from.start + scale * (inside - left) + (x - inside);
    const double before = std::floor(place);
    const auto at = [&](double column) {
      return cv::Vec4f(below[std::clamp(static_cast<int>(column), 0, columns - 1)]);
    };
    const auto fraction = static_cast<float>(place - before);
    const double beside = std::abs(x - inside) / wisps;
    const auto shown = static_cast<float>(share * (1 - smoothstep(2 * beside - 1)));
    out[x] = cv::Vec4b(shown * ((1 - fraction) * at(before) + fraction * at(before + 1)));
  }
}

}  // namespace

cv::Mat continued_above(const PhotoLayers& layers, const PhotoHead& head) {
  const double cm = head.pixels_per_cm;
  const auto rows_of = [&](double length_cm) { return std::max(1, cv::saturate_cast<int>(length_cm * cm)); };
  const double centre_x = head.crop.left + 0.5 * head.crop.side - layers.region.x;
  const double centre_y = head.crop.top + 0.5 * head.crop.side - layers.region.y;
  const double half = middle_share * head.crop.side;
  const cv::Range middle(cv::saturate_cast<int>(centre_x - half), cv::saturate_cast<int>(centre_x + half));
  const int depth = rows_of(most_mirrored_cm);
  const std::vector<cv::Range> outline = outline_below(layers.alpha > 127, middle, depth);
  const double hair_line = centre_y - hair_line_share * head.crop.side;
  if (outline.empty() || hair_line < least_mirrored_cm * cm) return {};

  const cv::Range cut = outline[0];
  const bool meets_left = cut.start == 0;
  const bool meets_right = cut.end == layers.region.width;
  std::vector<cv::Range> looked_at(
      outline.begin(),
      outline.begin() +
          std::min<std::ptrdiff_t>(rows_of(looked_at_cm), static_cast<std::ptrdiff_t>(outline.size())));
  Dome dome(looked_at);
  const double hair_top = hair_top_share * head.crop.side - centre_y;
  if (hair_top > 0) dome.lower_to(std::max(hair_top, flattest_dome * cut.size()));
  const bool closes = !(meets_left && meets_right);
  const int rows =
      closes ? static_cast<int>(std::ceil(std::min(dome.height(), highest_cm * cm))) : rows_of(highest_cm);

  cv::Mat picture;
  cv::merge(std::vector<cv::Mat>{layers.person.rowRange(0, static_cast<int>(outline.size())),
                                 layers.alpha.rowRange(0, static_cast<int>(outline.size()))},
            picture);
  const double left = cut.start;
  const double right = cut.end - 1;
  const double top = meets_left || meets_right ? std::clamp(centre_x, left, right) : 0.5 * (left + right);
  const int last = std::min(static_cast<int>(outline.size()) - 1, cv::saturate_cast<int>(hair_line));
  cv::Mat above(rows, layers.region.width, CV_8UC4, cv::Scalar::all(0));
  for (int up = 0; up < rows; ++up) {
    const double width = closes ? dome.width(up + 0.5) : 1.0;
    const double shown = closes ? smoothstep((dome.height() - up) / (soft_cm * cm)) : 1.0;
    const int from = mirrored(up, last);
    write_row(picture.ptr<cv::Vec4b>(from), above.cols, outline[static_cast<std::size_t>(from)],
              top - width * (top - left), top + width * (right - top), wisps_cm * cm, shown,
              above.ptr<cv::Vec4b>(rows - 1 - up));
  }
  return above;
}

}  // namespace reenact
