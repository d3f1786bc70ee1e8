#include "reenact/mouth/own_teeth.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <opencv2/imgproc.hpp>

#include "mouth/lip_height.h"
#include "reenact/core/mouth_patch.h"

namespace reenact {
namespace {

constexpr int half = lip_edge_points / 2;
constexpr double upright_width = 1.2;   ///< over that of the mouth
constexpr double upright_height = 0.9;  ///< likewise
constexpr double above_lip = 0.03;      ///< of the mouth's width, from where on teeth are sought
/// How much less red over L than lips, and how light over them, teeth are.
constexpr double paler_than_lips = 0.15;
constexpr double lightness_of_teeth = 0.8;
constexpr double redder_than_skin = 0.2;  ///< at most: beside painted lips a tongue is pale
/// Or, over the skin, how light and how little coloured: in coloured light lips are hardly redder.
constexpr double lightness_over_skin = 0.8;
constexpr double chroma_over_skin = 0.8;
constexpr double latest_begin = 0.4;       ///< of a column
constexpr int longest_gap = 1;             ///< pixels
constexpr float line_between_rows = 0.8F;  ///< L over that beside it
constexpr double farthest_aside = 0.9;     ///< of half of the mouth's width
constexpr double middle_aside = 0.5;
constexpr double least_columns = 0.7;  ///< of those in the middle
constexpr double least_width =
    0.52;  ///< of the row, over the mouth's: between parted lips few teeth are seen
constexpr double least_height = 0.07;  ///< over the mouth's width
constexpr double least_pixels = 4;
constexpr double height_of_lip_shade = 0.2;  ///< of a tooth's height
constexpr double widest_hole = 0.8;      ///< columns without a tooth between others, over a tooth's height
constexpr double narrowest_tooth = 0.3;  ///< half of its width, likewise
constexpr double rounding = 0.1;         ///< of the lower edge, likewise
constexpr double faded_ends = 0.5;       ///< columns at both ends of the row, likewise
constexpr float softness = 1.0F;         ///< of its lower edge, pixels

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Where the run is cut: at the darkest line that has lighter teeth above and below.
int line_between(const std::vector<cv::Vec3f>& column, const ToothRun& run) {
  const int length = run.last - run.first + 1;
  int line = -1;
  float least = 100;
  for (int y = run.first + length / 4; y <= run.last - length / 4; ++y) {
    const float lightness = column[static_cast<std::size_t>(y)][0];
    float above = 0;
    float below = 0;
    for (int i = run.first; i < y; ++i) above = std::max(above, column[static_cast<std::size_t>(i)][0]);
    for (int i = y + 1; i <= run.last; ++i) below = std::max(below, column[static_cast<std::size_t>(i)][0]);
    if (lightness < line_between_rows * std::min(above, below) && lightness < least) {
      least = lightness;
      line = y;
    }
  }
  return line;
}

}  // namespace

std::optional<ToothRun> tooth_run(const std::vector<cv::Vec3f>& column, const FaceTint& face) {
  const auto red = [](double a, double lightness) { return a / std::max(lightness, 1.0); };
  const auto chroma = [&](double a, double b, double lightness) { return red(std::hypot(a, b), lightness); };
  const double least_red = red(face.lips[1], face.lips[0]) - paler_than_lips;
  const double skin_red = red(face.skin[1], face.skin[0]);
  const double greatest_chroma = chroma_over_skin * chroma(face.skin[1], face.skin[2], face.skin[0]);
  const auto is_tooth = [&](const cv::Vec3f& pixel) {
    const cv::Vec3d lab = pixel;
    const bool is_pale = lab[0] > lightness_of_teeth * face.lips[0] &&
                         red(lab[1], lab[0]) < std::min(least_red, skin_red + redder_than_skin);
    return is_pale ||
           (lab[0] > lightness_over_skin * face.skin[0] && chroma(lab[1], lab[2], lab[0]) < greatest_chroma);
  };
  const int count = static_cast<int>(column.size());
  ToothRun run{-1, -1};
  for (int y = 0; y < count; ++y) {
    if (!is_tooth(column[static_cast<std::size_t>(y)])) {
      if (run.first < 0 && y > latest_begin * count) return std::nullopt;
      if (run.first >= 0 && y - run.last > longest_gap) break;
      continue;
    }
    if (run.first < 0) run.first = y;
    run.last = y;
  }
  if (run.first < 0) return std::nullopt;
  const int line = line_between(column, run);
  if (line >= 0) run.last = line;
  return run;
}

std::optional<OwnTeeth::Seen> OwnTeeth::measure(const cv::Mat& picture, const Eigen::Matrix2Xd& lip_edge,
                                                const FaceTint& face) {
  const Eigen::Vector2d corners = lip_edge.col(half) - lip_edge.col(0);
  const double width = corners.norm();
  const double widest = 2.0 * std::max(picture.cols, picture.rows);
  if (!(width >= least_pixels) || !(width <= widest)) return std::nullopt;
  Seen seen;
  OwnTeeth& teeth = seen.teeth;
  teeth.face_ = face;
  const cv::Size size(cvRound(upright_width * width), cvRound(upright_height * width));
  const Eigen::Vector2d across = corners / width;
  Eigen::Matrix2d turn;
  turn << across.x(), across.y(), -across.y(), across.x();
  const Eigen::Vector2d middle = (lip_edge.col(0) + lip_edge.col(half)) / 2;
  teeth.upright_from_picture_ =
      Eigen::Translation2d(size.width / 2.0, size.height / 3.0) * turn * Eigen::Translation2d(-middle);
  const Eigen::Affine2d& upright = teeth.upright_from_picture_;
  const cv::Matx23d matrix(upright(0, 0), upright(0, 1), upright(0, 2), upright(1, 0), upright(1, 1),
                           upright(1, 2));
  cv::warpAffine(picture, teeth.upright_, matrix, size, cv::INTER_CUBIC, cv::BORDER_REPLICATE);
  cv::Mat lab;
  teeth.upright_.convertTo(lab, CV_32FC3, 1.0 / 255.0);
  cv::cvtColor(lab, lab, cv::COLOR_BGR2Lab);

  const Eigen::Matrix2Xd edge = upright * lip_edge;
  const LipHeight upper = LipHeight::upper(edge);
  const LipHeight lower = LipHeight::lower(edge);
  teeth.columns_.resize(static_cast<std::size_t>(size.width));
  std::vector<double> heights;
  std::vector<double> ends;
  int in_the_middle = 0;
  for (int x = 0; x < size.width; ++x) {
    const double aside = std::abs(x - size.width / 2.0) / (width / 2);
    if (aside > farthest_aside) continue;
    const auto row = [&](double y) { return static_cast<int>(std::clamp(y, 0.0, size.height - 1.0)); };
    const int top = row(upper(x) - above_lip * width);
    const int bottom = row(std::ceil(lower(x)));
    std::vector<cv::Vec3f> column;
    for (int y = top; y <= bottom; ++y) column.push_back(lab.at<cv::Vec3f>(y, x));
    const std::optional<ToothRun> run = tooth_run(column, face);
    if (aside < middle_aside) ++in_the_middle;
    if (!run || run->last == run->first) continue;
    if (aside < middle_aside) ends.push_back(top + run->last + 1);
    teeth.columns_[static_cast<std::size_t>(x)] = {static_cast<float>(top + run->first),
                                                   static_cast<float>(top + run->last), 1};
    heights.push_back(run->last - run->first + 1);
  }
  if (ends.empty()) return std::nullopt;
  seen.of_middle = static_cast<double>(ends.size()) / in_the_middle;
  seen.of_width = static_cast<double>(heights.size()) / width;
  teeth.height_ = median_of(heights);
  seen.is_high = teeth.height_ >= std::max(least_height * width, least_pixels);
  teeth.end_ = upright.inverse() * Eigen::Vector2d(size.width / 2.0, median_of(ends));
  return seen;
}

std::optional<OwnTeeth> OwnTeeth::find(const cv::Mat& picture, const Eigen::Matrix2Xd& lip_edge,
                                       const FaceTint& face) {
  std::optional<Seen> seen = measure(picture, lip_edge, face);
  if (!seen || !seen->is_high || seen->of_width < least_width || seen->of_middle < least_columns) {
    return std::nullopt;
  }
  seen->teeth.close_holes();
  seen->teeth.smooth_ends();
  seen->teeth.fade_at_ends();
  return seen->teeth;
}

std::optional<OwnTeeth::End> OwnTeeth::end_in(const cv::Mat& picture, const Eigen::Matrix2Xd& lip_edge,
                                              const FaceTint& face) {
  const std::optional<Seen> seen = measure(picture, lip_edge, face);
  if (!seen) return std::nullopt;
  return End{seen->teeth.end_, seen->of_middle};
}

bool OwnTeeth::End::is_sure() const { return seen >= least_columns; }

void OwnTeeth::close_holes() {
  std::size_t last = columns_.size();
  for (std::size_t x = 0; x < columns_.size(); ++x) {
    if (columns_[x].cover == 0) continue;
    if (last < x && static_cast<double>(x - last - 1) <= widest_hole * height_) {
      const Column& a = columns_[last];
      const Column& b = columns_[x];
      for (std::size_t i = last + 1; i < x; ++i) {
        const float t = static_cast<float>(i - last) / static_cast<float>(x - last);
        columns_[i] = {a.top + t * (b.top - a.top), a.bottom + t * (b.bottom - a.bottom), 1};
      }
    }
    last = x;
  }
}

/// Medians, then means of neighbours: what is narrower than a tooth is none, and no edge of pixels is kept.
void OwnTeeth::smooth_ends() {
  const int count = static_cast<int>(columns_.size());
  const auto neighbours = [&](int x, int reach) {
    std::vector<double> bottoms;
    for (int i = std::max(x - reach, 0); i <= std::min(x + reach, count - 1); ++i) {
      const Column& column = columns_[static_cast<std::size_t>(i)];
      if (column.cover > 0) bottoms.push_back(static_cast<double>(column.bottom));
    }
    return bottoms;
  };
  const auto replace = [&](double share_of_height, const auto& by) {
    const int reach = std::max(cvRound(share_of_height * height_), 1);
    std::vector<Column> smooth = columns_;
    for (int x = 0; x < count; ++x) {
      Column& column = smooth[static_cast<std::size_t>(x)];
      if (column.cover > 0) column.bottom = static_cast<float>(by(neighbours(x, reach)));
    }
    columns_ = smooth;
  };
  replace(narrowest_tooth, median_of);
  replace(rounding, [](const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  });
}

/// Towards its ends a row lies in the shade of the cheeks.
void OwnTeeth::fade_at_ends() {
  const auto step = static_cast<float>(1 / std::max(faded_ends * height_ + 1, 1.0));
  const auto fade = [step](float& before, Column& column) {
    column.cover = std::min(column.cover, before + step);
    before = column.cover;
  };
  float before = 0;
  for (Column& column : columns_) fade(before, column);
  before = 0;
  for (auto column = columns_.rbegin(); column != columns_.rend(); ++column) fade(before, *column);
}

OwnTeeth::Laid OwnTeeth::lay(const cv::Rect& box, const Eigen::Affine2d& picture_from_canvas) const {
  const Eigen::Affine2d upright_from_canvas = upright_from_picture_ * picture_from_canvas;
  cv::Mat_<cv::Vec2f> places(box.size());
  Laid laid{{}, cv::Mat_<float>::zeros(box.size())};
  const auto shade = static_cast<float>(height_of_lip_shade * height_);
  for (int y = 0; y < box.height; ++y) {
    for (int x = 0; x < box.width; ++x) {
      const Eigen::Vector2d at = upright_from_canvas * Eigen::Vector2d(box.x + x, box.y + y);
      const auto down = static_cast<float>(at.y());
      places(y, x) = {static_cast<float>(at.x()), down};
      if (!(at.x() >= 0) || at.x() >= static_cast<double>(columns_.size()) - 1) continue;
      const auto left = static_cast<std::size_t>(at.x());
      const auto between = static_cast<float>(at.x() - std::floor(at.x()));
      const Column& a = columns_[left];
      const Column& b = columns_[left + 1];
      if (a.cover == 0 && b.cover == 0) continue;
      const float of_b = a.cover == 0 ? 1 : (b.cover == 0 ? 0 : between);
      const float top = a.top + of_b * (b.top - a.top);
      const float bottom = a.bottom + of_b * (b.bottom - a.bottom);
      const float share = a.cover + between * (b.cover - a.cover);
      places(y, x)[1] = std::min(std::max(down, top + shade), std::max(bottom, top));
      laid.cover(y, x) = share * std::clamp((bottom - down) / softness + 0.5F, 0.0F, 1.0F);
    }
  }
  cv::Mat colours;
  cv::remap(upright_, colours, places, cv::noArray(), cv::INTER_CUBIC, cv::BORDER_REPLICATE);
  colours.convertTo(laid.colours, CV_32F);
  return laid;
}

}  // namespace reenact
