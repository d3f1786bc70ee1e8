#include "layers/strands.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "layers/box_mean.h"
#include "layers/colour_moments.h"
#include "layers/masks.h"

namespace reenact {
namespace {

constexpr double around_cm = 5.0;       ///< of the person, where the background must be plain
constexpr double reach_cm = 4.0;        ///< of strands
constexpr double largest_part_cm2 = 5;  ///< of one that joins the person
constexpr double gap_cm = 0.15;         ///< between the hairs of a lock
constexpr double margin_cm = 0.25;      ///< around them, where alpha is not sure either
constexpr double person_radius_cm = 1.2;
constexpr float plain_difference = 0.05F;  ///< of a colour, from the shade of a plain wall
constexpr double plain_share = 0.85;       ///< of its pixels
constexpr float least_place = 0.3F;        ///< between the wall's colour, 0, and the person's, 1
constexpr float greatest_aside = 0.2F;     ///< of the way between them, from the line between them
constexpr float least_contrast = 0.15F;    ///< between both
constexpr int rounds = 4;
constexpr int terms = 6;
constexpr int sample_step = 3;
constexpr int least_samples = 100;

cv::Vec<float, terms> terms_at(double x, double y) {
  return {1.0F,
          static_cast<float>(x),
          static_cast<float>(y),
          static_cast<float>(x * x),
          static_cast<float>(x * y),
          static_cast<float>(y * y)};
}

/// The colours of a plain wall, a polynomial of the second degree over a picture.
class Wall {
 public:
  /// Fitted to the pixels of `mask`, without those that do not belong to it.
  Wall(const cv::Mat& picture, const cv::Mat& mask) : size_(picture.size()) {
    std::vector<cv::Point> samples;
    for (int y = 0; y < mask.rows; y += sample_step) {
      for (int x = 0; x < mask.cols; x += sample_step) {
        if (mask.at<std::uint8_t>(y, x) != 0) samples.emplace_back(x, y);
      }
    }
    if (samples.size() < least_samples) return;
    std::vector<bool> counts(samples.size(), true);
    float tolerance = 4 * plain_difference;
    for (int round = 0; round < rounds; ++round) {
      cv::Mat left(0, terms, CV_32F);
      cv::Mat right(0, 3, CV_32F);
      for (std::size_t i = 0; i < samples.size(); ++i) {
        if (!counts[i]) continue;
        left.push_back(cv::Mat(terms_here(samples[i])).reshape(1, 1));
        right.push_back(cv::Mat(picture.at<cv::Vec3f>(samples[i])).reshape(1, 1));
      }
      cv::Mat solution;
      if (left.rows < least_samples || !cv::solve(left, right, solution, cv::DECOMP_SVD)) return;
      coefficients_ = solution.reshape(3);
      tolerance = std::max(tolerance / 1.6F, plain_difference);
      std::size_t alike = 0;
      for (std::size_t i = 0; i < samples.size(); ++i) {
        counts[i] = difference(picture, samples[i]) < tolerance;
        if (counts[i]) ++alike;
      }
      share_ = static_cast<double>(alike) / static_cast<double>(samples.size());
    }
  }

  bool is_plain() const { return share_ >= plain_share; }

  cv::Vec3f at(const cv::Point& place) const {
    cv::Vec3f colour(0, 0, 0);
    const auto here = terms_here(place);
    for (int t = 0; t < terms; ++t) colour += here[t] * coefficients_.at<cv::Vec3f>(t);
    return colour;
  }

 private:
  cv::Vec<float, terms> terms_here(const cv::Point& place) const {
    return terms_at(2.0 * place.x / size_.width - 1, 2.0 * place.y / size_.height - 1);
  }
  float difference(const cv::Mat& picture, const cv::Point& place) const {
    const cv::Vec3f d = picture.at<cv::Vec3f>(place) - at(place);
    return std::max({std::abs(d[0]), std::abs(d[1]), std::abs(d[2])});
  }

  cv::Size size_;
  cv::Mat coefficients_;  ///< CV_32FC3, one a row
  double share_ = 0;      ///< of the samples that are the wall's
};

/// Where colours lie nearer to the person's beside them than to the wall's.
cv::Mat coloured_as_person(const cv::Mat& picture, const Wall& wall, const cv::Mat& person,
                           const cv::Mat& where, double cm) {
  const int radius = std::max(3, static_cast<int>(std::lround(person_radius_cm * cm)));
  const int step = coarse_step(radius);
  cv::Mat near;
  cv::resize(box_mean(colour_moments(picture, person, step), 2 * radius / step), near, picture.size(), 0, 0,
             cv::INTER_LINEAR);
  cv::Mat result(picture.size(), CV_8UC1, cv::Scalar(0));
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x) {
      if (where.at<std::uint8_t>(y, x) == 0) continue;
      const cv::Vec3f behind = wall.at({x, y});
      const cv::Vec3f contrast = mean_colour(near.at<ColourMoments>(y, x)) - behind;
      const float squared = contrast.dot(contrast);
      if (squared < least_contrast * least_contrast) continue;
      const cv::Vec3f difference = picture.at<cv::Vec3f>(y, x) - behind;
      const float place = difference.dot(contrast) / squared;
      const cv::Vec3f of_neither = difference - place * contrast;
      const bool is_between = of_neither.dot(of_neither) < greatest_aside * greatest_aside * squared;
      if (place > least_place && is_between) result.at<std::uint8_t>(y, x) = 255;
    }
  }
  return result;
}

/// Of `parts` those that are not larger than locks are.
cv::Mat without_large_parts(const cv::Mat& parts, double cm) {
  cv::Mat labels;
  cv::Mat stats;
  cv::Mat centres;
  const int count =
      cv::connectedComponentsWithStats(dilated(parts, gap_cm * cm), labels, stats, centres, 8, CV_32S);
  cv::Mat result = parts.clone();
  for (int label = 1; label < count; ++label) {
    if (stats.at<int>(label, cv::CC_STAT_AREA) > largest_part_cm2 * cm * cm) result.setTo(0, labels == label);
  }
  return result;
}

/// The parts of `candidates` that join the person, where they are background, but for those that are large
/// there.
cv::Mat joined(const cv::Mat& candidates, const Trimap& trimap, double cm) {
  cv::Mat labels;
  const int count =
      cv::connectedComponents(dilated(candidates | trimap.person, gap_cm * cm), labels, 8, CV_32S);
  const cv::Mat outside = candidates & trimap.background;
  std::vector<bool> joins(static_cast<std::size_t>(count), false);
  for (int y = 0; y < labels.rows; ++y) {
    for (int x = 0; x < labels.cols; ++x) {
      if (trimap.person.at<std::uint8_t>(y, x) != 0) {
        joins[static_cast<std::size_t>(labels.at<int>(y, x))] = true;
      }
    }
  }
  cv::Mat result(candidates.size(), CV_8UC1, cv::Scalar(0));
  for (int label = 1; label < count; ++label) {
    if (joins[static_cast<std::size_t>(label)]) result |= (labels == label) & outside;
  }
  return without_large_parts(result, cm);
}

}  // namespace

cv::Mat strands_before_plain(const cv::Mat& picture, const Trimap& trimap, const cv::Range& head, double cm) {
  cv::Mat beside_head(picture.size(), CV_8UC1, cv::Scalar(0));
  const cv::Range rows(std::clamp(head.start, 0, picture.rows), std::clamp(head.end, 0, picture.rows));
  if (!rows.empty()) beside_head.rowRange(rows).setTo(255);
  const cv::Mat person = ~trimap.background;
  const Wall wall(picture, trimap.background & dilated(person, around_cm * cm) & beside_head);
  if (!wall.is_plain()) return cv::Mat(picture.size(), CV_8UC1, cv::Scalar(0));
  const cv::Mat where = ~trimap.person & dilated(person, reach_cm * cm) & beside_head;
  const cv::Mat found = joined(coloured_as_person(picture, wall, trimap.person, where, cm), trimap, cm);
  return dilated(found, margin_cm * cm) & trimap.background;
}

}  // namespace reenact
