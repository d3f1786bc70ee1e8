#include "layers/patch_fill.h"

#include <algorithm>
#include <cstdint>
#include <opencv2/core/hal/intrin.hpp>
#include <opencv2/imgproc.hpp>
#include <random>
#include <vector>

namespace reenact {
namespace {

constexpr int reach = 3;  // of a patch, from its centre
constexpr int side = 2 * reach + 1;
constexpr double most_pixels_per_cm = 5;  // at which patches are sought; a finer picture takes what was found
constexpr double coarse_pixels_per_cm = 4;
constexpr double far_cm = 6;  // from what is shown: a head hardly uncovers more
constexpr double coarsest_pixels_per_cm = 2.4;
constexpr int least_side = 16;
constexpr int guesses = 40;  // of a patch for a pixel that is made up for the first time
constexpr int rounds = 3;    // of searching and of making the picture, at each size
constexpr int passes = 2;    // of a search
constexpr int refined_reach = 16;
constexpr int far_off = 1 << 30;
constexpr float usual_difference = 8.0F * side * side;  // of patches that match well

/// The picture at one size. Masks are CV_8UC1.
struct Level {
  cv::Mat colours;                ///< CV_8UC4, with a margin of `reach` that repeats its edge
  cv::Mat hole;                   ///< what the picture does not show
  cv::Mat wanted;                 ///< the part of it that is made up at this size
  cv::Mat shown;                  ///< where patches that may be copied have their centres
  std::vector<cv::Point> places;  ///< centres of patches that hold something wanted
  double cm = 0;                  ///< in pixels
};

cv::Mat with_margin(const cv::Mat& picture) {
  cv::Mat bytes;
  picture.convertTo(bytes, CV_8UC3, 255);
  cv::cvtColor(bytes, bytes, cv::COLOR_BGR2BGRA);
  cv::copyMakeBorder(bytes, bytes, reach, reach, reach, reach, cv::BORDER_REPLICATE);
  return bytes;
}

Level make_level(const cv::Mat& picture, const cv::Mat& hole, const cv::Mat& wanted, const cv::Mat& copied,
                 double cm) {
  Level level{with_margin(picture), hole, wanted, {}, {}, cm};
  const cv::Mat patch = cv::Mat::ones(side, side, CV_8UC1);
  cv::erode(copied & ~hole, level.shown, patch, {-1, -1}, 1, cv::BORDER_CONSTANT, cv::Scalar(0));
  cv::Mat touched;
  cv::dilate(wanted, touched, patch);
  cv::findNonZero(touched, level.places);
  return level;
}

cv::Mat halved(const cv::Mat& picture) {
  cv::Mat half;
  cv::resize(picture, half, {(picture.cols + 1) / 2, (picture.rows + 1) / 2}, 0, 0, cv::INTER_AREA);
  return half;
}

/// Sum of absolute differences of two patches by their centres; the middle column counts twice. Gives up
/// beyond `limit`.
int difference(const Level& level, const cv::Point& a, const cv::Point& b, int limit) {
  int sum = 0;
  for (int y = 0; y < side && sum < limit; ++y) {
    const std::uint8_t* row_a = level.colours.ptr(a.y + y) + 4 * a.x;
    const std::uint8_t* row_b = level.colours.ptr(b.y + y) + 4 * b.x;
    constexpr int rest = 4 * reach;
    sum += static_cast<int>(cv::v_reduce_sad(cv::v_load(row_a), cv::v_load(row_b)) +
                            cv::v_reduce_sad(cv::v_load(row_a + rest), cv::v_load(row_b + rest)));
  }
  return sum;
}

/// The same, pixels of `a` that `known` (of the colours' size, 255 in each channel) does not hold for
/// counting a quarter. Four times as large.
int difference_where(const cv::Mat& known, const Level& level, const cv::Point& a, const cv::Point& b,
                     int limit) {
  int sum = 0;
  for (int y = 0; y < side && sum < limit; ++y) {
    const std::uint8_t* row_a = level.colours.ptr(a.y + y) + 4 * a.x;
    const std::uint8_t* row_b = level.colours.ptr(b.y + y) + 4 * b.x;
    const std::uint8_t* counts = known.ptr(a.y + y) + 4 * a.x;
    for (const int from : {0, 4 * reach}) {
      const cv::v_uint8x16 off = cv::v_absdiff(cv::v_load(row_a + from), cv::v_load(row_b + from));
      const cv::v_uint8x16 zero = cv::v_setzero_u8();
      sum += static_cast<int>(cv::v_reduce_sad(off, zero) +
                              3 * cv::v_reduce_sad(off & cv::v_load(counts + from), zero));
    }
  }
  return sum;
}

/// For each place of a level the shown patch that is most like it.
class PatchSearch {
 public:
  explicit PatchSearch(const Level& level)
      : level_(level),
        nearest_(level.hole.size(), CV_32SC2, cv::Scalar::all(-1)),
        difference_(level.hole.size(), CV_32SC1, cv::Scalar(0)) {
    cv::findNonZero(level.shown, shown_);
  }

  /// Begins with what was found at half the size.
  void refine(const cv::Mat& coarser) {
    widest_ = refined_reach;
    for (const cv::Point& at : level_.places) {
      cv::Point from =
          2 * cv::Point(coarser.at<cv::Vec2i>(at.y / 2, at.x / 2)) + cv::Point(at.x % 2, at.y % 2);
      if (!is_shown(from)) from = any_shown();
      nearest_.at<cv::Vec2i>(at) = {from.x, from.y};
    }
  }

  /// Begins with pixels made up one after the other from the edge of what is shown inwards, each so that it
  /// fits what is there already, and less so the smooth continuation (Efros and Leung, Texture synthesis by
  /// non-parametric sampling, ICCV 1999).
  void grow(Level& level) {
    widest_ = std::max(level.shown.cols, level.shown.rows);
    cv::Mat known;
    cv::copyMakeBorder(~level.hole, known, reach, reach, reach, reach, cv::BORDER_REPLICATE);
    cv::merge(std::vector<cv::Mat>(4, known), known);
    cv::Mat distance;
    cv::distanceTransform(level.hole, distance, cv::DIST_L2, cv::DIST_MASK_5);
    std::vector<cv::Point> inwards = level.places;
    std::stable_sort(inwards.begin(), inwards.end(), [&](const cv::Point& a, const cv::Point& b) {
      return distance.at<float>(a) < distance.at<float>(b);
    });
    for (const cv::Point& at : inwards) {
      cv::Point best = any_shown();
      int least = difference_where(known, level, at, best, far_off);
      const auto offer = [&](const cv::Point& from) {
        const int offered = is_shown(from) ? difference_where(known, level, at, from, least) : far_off;
        if (offered < least) {
          least = offered;
          best = from;
        }
      };
      for (const cv::Point& step : {cv::Point(1, 0), cv::Point(-1, 0), cv::Point(0, 1), cv::Point(0, -1)}) {
        if (is_found(at - step)) offer(cv::Point(nearest_.at<cv::Vec2i>(at - step)) + step);
      }
      for (int guess = 0; guess < guesses; ++guess) offer(any_shown());
      nearest_.at<cv::Vec2i>(at) = {best.x, best.y};
      const cv::Point middle(reach, reach);
      if (level.hole.at<std::uint8_t>(at) == 0) continue;
      level.colours.at<cv::Vec4b>(at + middle) = level.colours.at<cv::Vec4b>(best + middle);
      known.at<cv::Vec4b>(at + middle) = cv::Vec4b::all(255);
    }
  }

  void search() {
    for (const cv::Point& at : level_.places) {
      difference_.at<int>(at) = difference(level_, at, cv::Point(nearest_.at<cv::Vec2i>(at)), far_off);
    }
    for (int pass = 0; pass < passes; ++pass) {
      const int step = pass % 2 == 0 ? 1 : -1;
      const auto count = static_cast<std::ptrdiff_t>(level_.places.size());
      for (std::ptrdiff_t i = 0; i < count; ++i) {
        const cv::Point at = level_.places[static_cast<std::size_t>(step > 0 ? i : count - 1 - i)];
        follow(at, {step, 0});
        follow(at, {0, step});
        look_around(at);
      }
    }
  }

  const cv::Mat& nearest() const { return nearest_; }
  int difference_at(const cv::Point& at) const { return difference_.at<int>(at); }

 private:
  bool is_shown(const cv::Point& at) const {
    return at.x >= 0 && at.y >= 0 && at.x < level_.shown.cols && at.y < level_.shown.rows &&
           level_.shown.at<std::uint8_t>(at) != 0;
  }

  const cv::Point& any_shown() { return shown_[random_() % shown_.size()]; }

  bool is_found(const cv::Point& at) const {
    return at.x >= 0 && at.y >= 0 && at.x < nearest_.cols && at.y < nearest_.rows &&
           nearest_.at<cv::Vec2i>(at)[0] >= 0;
  }

  void offer(const cv::Point& at, const cv::Point& from) {
    if (!is_shown(from)) return;
    int& best = difference_.at<int>(at);
    const int offered = difference(level_, at, from, best);
    if (offered >= best) return;
    best = offered;
    nearest_.at<cv::Vec2i>(at) = {from.x, from.y};
  }

  /// What lies beside the patch of the neighbour that was visited before.
  void follow(const cv::Point& at, const cv::Point& step) {
    const cv::Point neighbour = at - step;
    if (is_found(neighbour)) offer(at, cv::Point(nearest_.at<cv::Vec2i>(neighbour)) + step);
  }

  void look_around(const cv::Point& at) {
    for (int radius = widest_; radius > 0; radius /= 2) {
      const cv::Point best(nearest_.at<cv::Vec2i>(at));
      const auto span = static_cast<std::uint32_t>(2 * radius + 1);
      const int across = static_cast<int>(random_() % span) - radius;
      const int down = static_cast<int>(random_() % span) - radius;
      offer(at, best + cv::Point(across, down));
    }
  }

  const Level& level_;
  std::vector<cv::Point> shown_;
  cv::Mat nearest_;     ///< CV_32SC2, x and y of a centre
  cv::Mat difference_;  ///< CV_32SC1
  std::minstd_rand random_;
  int widest_ = 0;  ///< pixels from the best patch so far that are looked at
};

/// Makes each wanted pixel the mean of what the patches around it say, those that match well most of all.
void vote(const PatchSearch& search, Level& level) {
  cv::Mat sum(level.colours.size(), CV_32FC4, cv::Scalar::all(0));
  for (const cv::Point& at : level.places) {
    const cv::Point from(search.nearest().at<cv::Vec2i>(at));
    const float off = static_cast<float>(search.difference_at(at)) / usual_difference;
    const cv::v_float32x4 weight = cv::v_setall_f32(1.0F / (1.0F + off * off));
    for (int y = 0; y < side; ++y) {
      const std::uint8_t* colours = level.colours.ptr(from.y + y) + 4 * from.x;
      float* to = sum.ptr<float>(at.y + y) + 4 * at.x;
      for (int x = 0; x < side; ++x, colours += 4, to += 4) {
        const cv::v_float32x4 said = cv::v_cvt_f32(cv::v_reinterpret_as_s32(cv::v_load_expand_q(colours)));
        cv::v_store(to, cv::v_muladd(weight, said, cv::v_load(to)));
      }
    }
  }
  for (int y = 0; y < level.wanted.rows; ++y) {
    for (int x = 0; x < level.wanted.cols; ++x) {
      if (level.wanted.at<std::uint8_t>(y, x) == 0) continue;
      const auto& s = sum.at<cv::Vec4f>(y + reach, x + reach);
      auto& pixel = level.colours.at<cv::Vec4b>(y + reach, x + reach);
      const float per_weight = 255.0F / s[3];
      for (int c = 0; c < 3; ++c) pixel[c] = cv::saturate_cast<std::uint8_t>(s[c] * per_weight);
    }
  }
}

/// Takes over what a coarser level made up.
void take_over(const Level& coarser, Level& level) {
  const cv::Rect inner(reach, reach, coarser.wanted.cols, coarser.wanted.rows);
  cv::Mat larger;
  cv::resize(coarser.colours(inner), larger, {2 * inner.width, 2 * inner.height}, 0, 0, cv::INTER_LINEAR);
  cv::Mat target = level.colours(cv::Rect(reach, reach, level.wanted.cols, level.wanted.rows));
  larger(cv::Rect(cv::Point(0, 0), level.wanted.size())).copyTo(target, level.hole);
}

/// The part of a hole that is not far from its edge. What is farther is made up at a coarse size alone.
cv::Mat near_edge(const cv::Mat& hole, double cm) {
  cv::Mat distance;
  cv::distanceTransform(hole, distance, cv::DIST_L2, cv::DIST_MASK_5);
  return hole & (distance < far_cm * cm);
}

std::vector<Level> make_levels(cv::Mat picture, cv::Mat hole, cv::Mat copied, double cm) {
  std::vector<Level> levels;
  cv::Mat near = near_edge(hole, cm);
  while (true) {
    Level level = make_level(picture, hole, cm > coarse_pixels_per_cm ? near : hole, copied, cm);
    if (cv::countNonZero(level.shown) == 0) break;
    levels.push_back(std::move(level));
    if (cm < coarsest_pixels_per_cm || std::min(picture.cols, picture.rows) < 2 * least_side) break;
    picture = halved(picture);
    hole = halved(hole) > 0;
    near = halved(near) > 0;
    copied = halved(copied) > 254;
    cm /= 2;
  }
  return levels;
}

}  // namespace

cv::Mat fill_by_patches(const cv::Mat& start, const cv::Mat& hole, const cv::Mat& copied, double cm) {
  std::vector<Level> levels = make_levels(start, hole, copied, cm);
  if (levels.empty()) return start;
  cv::Mat nearest;
  for (std::size_t i = levels.size(); i-- > 0;) {
    Level& level = levels[i];
    PatchSearch search(level);
    if (i + 1 == levels.size()) {
      search.grow(level);
    } else {
      take_over(levels[i + 1], level);
      search.refine(nearest);
    }
    const bool is_fine = level.cm > most_pixels_per_cm && i + 1 < levels.size();
    for (int round = 0; round < (is_fine ? 1 : rounds); ++round) {
      if (!is_fine) search.search();
      vote(search, level);
    }
    nearest = search.nearest();
  }
  cv::Mat colours;
  cv::cvtColor(levels.front().colours(cv::Rect({reach, reach}, start.size())), colours, cv::COLOR_BGRA2BGR);
  colours.convertTo(colours, CV_32F, 1.0 / 255);
  cv::Mat filled = start.clone();
  colours.copyTo(filled, hole);
  return filled;
}

}  // namespace reenact
