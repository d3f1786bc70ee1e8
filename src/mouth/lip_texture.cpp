#include "mouth/lip_texture.h"

#include <algorithm>
#include <cmath>

#include "mouth/low_pass.h"

namespace reenact {
namespace {

constexpr double thinnest_lip = 1.0;       ///< canvas pixels
constexpr double greatest_doubtful = 0.4;  ///< of a lip's thickness
constexpr double beside_corners = 0.1;     ///< of half of the mouth's width, over which lips come to rest
constexpr float wholly_covered = 0.4F;     ///< Lip::share_at()
/// Where the corners of a wide mouth are as tall as they are wide, the ends of both lips stand on each other.
constexpr double meeting_begins = 0.75;  ///< Column::aside
constexpr float meeting_share = 0.3F;    ///< of the height of both lips
constexpr float least_meeting = 0.5F;    ///< canvas pixels
constexpr int half = lip_edge_points / 2;

/// One edge of a lip from corner to corner.
class Edge {
 public:
  /// `step` is 1 for the lower lip, −1 for the upper; `upright` and `other` are the same 2×80 points in two
  /// pictures, in the first of which the mouth is level.
  Edge(const Eigen::Matrix2Xd& upright, const Eigen::Matrix2Xd& other, int step) {
    for (int i = 0; i <= half; ++i) {
      const int index = (i * step + lip_edge_points) % lip_edge_points;
      points_.push_back({upright.col(index), other.col(index)});
    }
    std::stable_sort(points_.begin(), points_.end(),
                     [](const Point& a, const Point& b) { return a.upright.x() < b.upright.x(); });
  }

  struct Point {
    Eigen::Vector2d upright, other;
  };
  /// Held beyond its ends.
  Point at(double x) const {
    const auto after = std::upper_bound(points_.begin(), points_.end(), x,
                                        [](double value, const Point& p) { return value < p.upright.x(); });
    if (after == points_.begin()) return points_.front();
    if (after == points_.end()) return points_.back();
    const Point& a = *(after - 1);
    const Point& b = *after;
    const double t = (x - a.upright.x()) / (b.upright.x() - a.upright.x());
    return {a.upright + t * (b.upright - a.upright), a.other + t * (b.other - a.other)};
  }

 private:
  std::vector<Point> points_;
};

cv::Vec2f to_cv(const Eigen::Vector2d& place) {
  return {static_cast<float>(place.x()), static_cast<float>(place.y())};
}

}  // namespace

float LipTexture::Lip::share_at(float height) const {
  return std::clamp((outer - height) / std::max(outer - edge, static_cast<float>(thinnest_lip)), 0.0F, 1.0F);
}

LipTexture::LipTexture(const PlacedMouth& mouth, const LipPicture& photo, double doubtful) {
  const Eigen::Vector2d corners = mouth.opening.col(half) - mouth.opening.col(0);
  const double half_width = std::max(corners.norm() / 2, thinnest_lip);
  middle_ = (mouth.opening.col(half) + mouth.opening.col(0)) / 2;
  across_ = corners.stableNormalized();
  down_ = {-across_.y(), across_.x()};
  const auto upright = [&](const Eigen::Matrix2Xd& contour) {
    Eigen::Matrix2d turn;
    turn << across_.transpose(), down_.transpose();
    return Eigen::Matrix2Xd(turn * (contour.colwise() - middle_));
  };
  const Eigen::Matrix2Xd opening = upright(mouth.opening);
  const Eigen::Matrix2Xd lips = upright(mouth.lips);
  const Eigen::Matrix2Xd edge = upright(mouth.lip_edge);
  const double rest = std::max(lips.row(0).cwiseAbs().maxCoeff(), (1 + beside_corners) * half_width);
  const auto lip_of = [&](int step) {
    return [step, doubtful, own = Edge(opening, photo.inner, step), outer = Edge(lips, photo.outer, step),
            driver = Edge(edge, edge, step)](double x) {
      const Edge::Point inner_at = own.at(x);
      const Edge::Point outer_at = outer.at(x);
      const double edge_at = std::max(-step * inner_at.upright.y(), -step * driver.at(x).upright.y());
      Lip lip;
      lip.edge = static_cast<float>(-edge_at);
      lip.outer = static_cast<float>(std::max(step * outer_at.upright.y(), -edge_at + thinnest_lip));
      const Eigen::Vector2d thickness = outer_at.other - inner_at.other;
      const double left_out =
          std::min(doubtful / std::max(thickness.norm(), thinnest_lip), greatest_doubtful);
      lip.photo_edge = to_cv(inner_at.other + left_out * thickness);
      lip.photo_outer = to_cv(outer_at.other);
      return lip;
    };
  };
  const auto upper = lip_of(-1), lower = lip_of(1);
  first_ = -std::ceil(rest);
  for (double x = first_; x <= -first_; ++x) {
    Column column;
    column.upper = upper(x);
    column.lower = lower(x);
    column.aside = static_cast<float>(std::min(std::abs(x) / half_width, 1.0));
    column.cover = static_cast<float>(1 - smooth_step(half_width, rest, std::abs(x)));
    column.meeting = meeting_share * (column.upper.outer + column.lower.outer) *
                     static_cast<float>(smooth_step(meeting_begins, 1, column.aside));
    columns_.push_back(column);
  }
}

const LipTexture::Column& LipTexture::column_at(double across) const {
  const double last = static_cast<double>(columns_.size()) - 1;
  return columns_[static_cast<std::size_t>(cvRound(std::clamp(across - first_, 0.0, last)))];
}

LipTexture::Laid LipTexture::lay(const cv::Rect& box) const {
  const cv::Size size = box.size();
  Laid laid{cv::Mat_<cv::Vec2f>(size), cv::Mat_<cv::Vec2f>(size), cv::Mat_<float>(size),
            cv::Mat_<float>(size),     cv::Mat_<float>(size),     cv::Mat_<float>(size)};
  const auto place = [](const Lip& lip, float share) {
    return lip.photo_outer + share * (lip.photo_edge - lip.photo_outer);
  };
  for (int y = 0; y < box.height; ++y) {
    Eigen::Vector2d from_middle = Eigen::Vector2d(box.x, box.y + y) - middle_;
    for (int x = 0; x < box.width; ++x, ++from_middle.x()) {
      const Column& column = column_at(across_.dot(from_middle));
      const auto height = static_cast<float>(down_.dot(from_middle));
      const float below_middle = height - (column.lower.edge - column.upper.edge) / 2;
      const bool is_upper = below_middle < 0;
      const float upper = column.upper.share_at(-height);
      const float lower = column.lower.share_at(height);
      const double apart = std::abs(below_middle) / std::max(column.meeting, least_meeting);
      const auto other = static_cast<float>(0.5 * (1 - smooth_step(0, 1, apart)));
      const float share = is_upper ? upper + other * (lower - upper) : lower + other * (upper - lower);
      laid.places(y, x) = is_upper ? place(column.upper, upper) : place(column.lower, lower);
      laid.other_places(y, x) = is_upper ? place(column.lower, lower) : place(column.upper, upper);
      laid.other(y, x) = other;
      laid.share(y, x) = share;
      laid.aside(y, x) = column.aside;
      laid.cover(y, x) = column.cover * static_cast<float>(smooth_step(0, wholly_covered, share));
    }
  }
  return laid;
}

}  // namespace reenact
