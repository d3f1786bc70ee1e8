#include "reenact/mouth/lip_edge.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <vector>

#include "mouth/lip_height.h"
#include "reenact/mouth/lip_contour.h"

namespace reenact {
namespace {

constexpr int inner_samples = 31;        ///< of a ray, the last on the contour
constexpr int samples = 39;              ///< with those beyond
constexpr double first_share = 0.25;     ///< of the way to the contour at the first sample
constexpr double shortest_ray = 1e-6;    ///< pixels
constexpr double origin_share = 0.6;     ///< of the way from the middle to the corners, where rays begin
constexpr double core_share = 0.35;      ///< and the core of the mouth
constexpr double greatest_inset = 14.0;  ///< pixels
constexpr double greatest_outset = 4.0;
constexpr double outset_of_lip = 0.4;  ///< and no more than this share of the lip's thickness
constexpr int clusters = 3;
constexpr float like_lips = 0.35F;   ///< squared deviations
constexpr float darkest_lip = 0.6F;  ///< L over that of the lips below which nothing is lip
/// Teeth beside the upper lip: as light as it at least, less red by this, and not of its colour.
constexpr float tooth_less_red = 3.0F;
constexpr float unlike_lips = 4.0F;   ///< squared deviations
constexpr double least_teeth = 0.04;  ///< share of what lies between the middle of the mouth and the lip
constexpr double inset_cost = 0.45;   ///< per pixel
constexpr double outset_cost = 0.7;
constexpr double bend_cost = 0.7;
constexpr float dark_deviation = 4.0F;
constexpr double largest_likelihood = 2.0;
constexpr double forbidden = 1e3;

using Colour = cv::Vec3f;

/// Lab, in standard deviations of lips.
Colour in_deviations(const Colour& lab) { return {lab[0] / 9.0F, lab[1] / 4.0F, lab[2] / 4.0F}; }

float distance2(const Colour& a, const Colour& b) {
  const Colour difference = a - b;
  return difference.dot(difference);
}

float distance2_to_nearest(const Colour& colour, const std::vector<Colour>& others) {
  float least = distance2(colour, others.front());
  for (const Colour& other : others) least = std::min(least, distance2(colour, other));
  return least;
}

/// Bilinear, the border repeated.
Colour sample(const cv::Mat& lab, const Eigen::Vector2d& place) {
  const double x = std::clamp(place.x(), 0.0, lab.cols - 1.0);
  const double y = std::clamp(place.y(), 0.0, lab.rows - 1.0);
  const int x0 = std::min(static_cast<int>(x), lab.cols - 2);
  const int y0 = std::min(static_cast<int>(y), lab.rows - 2);
  const auto fx = static_cast<float>(x - x0);
  const auto fy = static_cast<float>(y - y0);
  const auto* above = lab.ptr<Colour>(y0) + x0;
  const auto* below = lab.ptr<Colour>(y0 + 1) + x0;
  return (1 - fy) * ((1 - fx) * above[0] + fx * above[1]) + fy * ((1 - fx) * below[0] + fx * below[1]);
}

/// Gaussian weights at offsets −reach … reach, three deviations to each side.
std::vector<double> gaussian(double deviation) {
  const int reach = static_cast<int>(std::ceil(3 * deviation));
  std::vector<double> weights;
  for (int i = -reach; i <= reach; ++i) weights.push_back(std::exp(-0.5 * i * i / (deviation * deviation)));
  return weights;
}

/// Weighted moving mean around the closed contour.
template <typename Value>
std::vector<Value> smooth_around(const std::vector<Value>& values, const std::vector<double>& weights,
                                 double deviation, Value zero) {
  const std::vector<double> window = gaussian(deviation);
  const int count = static_cast<int>(values.size());
  const int reach = static_cast<int>(window.size() / 2);
  std::vector<Value> smooth;
  for (int i = 0; i < count; ++i) {
    Value sum = zero;
    double total = 0;
    for (int k = -reach; k <= reach; ++k) {
      const auto j = static_cast<std::size_t>((i + k + count) % count);
      const double weight = window[static_cast<std::size_t>(k + reach)] * weights[j];
      sum += static_cast<float>(weight) * values[j];
      total += weight;
    }
    smooth.push_back(sum * static_cast<float>(1 / total));
  }
  return smooth;
}

/// Points on the middle line between the lips, at this share of the contour's distance from the middle of the
/// mouth.
Eigen::Matrix2Xd middle_line(const Eigen::Matrix2Xd& contour, double width_share) {
  const LipHeight lower = LipHeight::lower(contour);
  const LipHeight upper = LipHeight::upper(contour);
  const double middle = (contour(0, 0) + contour(0, lip_edge_points / 2)) / 2;
  Eigen::Matrix2Xd origins(2, lip_edge_points);
  for (int i = 0; i < lip_edge_points; ++i) {
    const double x = middle + width_share * (contour(0, i) - middle);
    origins.col(i) << x, (lower(x) + upper(x)) / 2;
  }
  return origins;
}

Colour median(std::array<Colour, 4> colours) {
  Colour result;
  for (int c = 0; c < 3; ++c) {
    std::array<float, 4> values{};
    std::transform(colours.begin(), colours.end(), values.begin(), [&](const Colour& v) { return v[c]; });
    std::sort(values.begin(), values.end());
    result[c] = (values[1] + values[2]) / 2;
  }
  return result;
}

/// The lips beside each point of the inner contour.
struct Lips {
  std::vector<Colour> colour;
  std::vector<double> thickness;  ///< pixels
};

/// The lips' colour beside each point of the inner contour. The corners, where lips are thin, take that of
/// their neighbours.
Lips lips_around(const cv::Mat& lab, const Eigen::Matrix2Xd& inner, const Eigen::Matrix2Xd& outer) {
  Lips lips;
  std::vector<double> weights;
  for (int i = 0; i < lip_edge_points; ++i) {
    Eigen::Index nearest = 0;
    (outer.colwise() - inner.col(i)).colwise().squaredNorm().minCoeff(&nearest);
    const Eigen::Vector2d across = outer.col(nearest) - inner.col(i);
    const auto at = [&](double share) { return sample(lab, inner.col(i) + share * across); };
    lips.colour.push_back(median({at(0.25), at(0.4), at(0.55), at(0.7)}));
    lips.thickness.push_back(across.norm());
    weights.push_back(std::clamp(across.norm() / 4 - 0.5, 0.02, 1.0));
  }
  lips.colour = smooth_around(lips.colour, weights, 4.0, Colour(0, 0, 0));
  return lips;
}

/// Mean colours of what is deep inside the mouth, in deviations: teeth, tongue, dark.
std::vector<Colour> inside_colours(const cv::Mat& lab, const Eigen::Matrix2Xd& contour) {
  const Eigen::Matrix2Xd origins = middle_line(contour, core_share);
  std::vector<Colour> core;
  for (int i = 0; i < lip_edge_points; ++i) {
    for (const double share : {0.0, 0.15, 0.3, 0.45}) {
      core.push_back(in_deviations(sample(lab, origins.col(i) + share * (contour.col(i) - origins.col(i)))));
    }
  }
  // From dark, middling and light: no chance is in it.
  std::vector<int> order(core.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return core[static_cast<std::size_t>(a)][0] < core[static_cast<std::size_t>(b)][0];
  });
  cv::Mat labels(static_cast<int>(core.size()), 1, CV_32S);
  for (std::size_t i = 0; i < order.size(); ++i) {
    labels.at<int>(order[i]) = static_cast<int>(i * clusters / order.size());
  }
  const cv::Mat data(static_cast<int>(core.size()), 3, CV_32F, core.data());
  cv::Mat centres;
  cv::kmeans(data, clusters, labels, {cv::TermCriteria::COUNT, 8, 0}, 1, cv::KMEANS_USE_INITIAL_LABELS,
             centres);
  std::vector<Colour> colours;
  for (int c = 0; c < centres.rows; ++c) colours.emplace_back(centres.ptr<float>(c));
  return colours;
}

/// Where landmarks lie far too wide, the core of the mouth holds lips: their colour is taken out.
std::vector<Colour> without_lips(std::vector<Colour> inside, const std::vector<Colour>& lips) {
  Colour mean(0, 0, 0);
  for (const Colour& lip : lips) mean += in_deviations(lip) / static_cast<float>(lips.size());
  const auto farther = [&](const Colour& a, const Colour& b) {
    return distance2(a, mean) > distance2(b, mean);
  };
  std::sort(inside.begin(), inside.end(), farther);
  while (inside.size() > 1 && distance2(inside.back(), mean) < like_lips) inside.pop_back();
  return inside;
}

/// Mean colour, in deviations, of upper teeth: a mouth that is wide open shows none in its core, and beside
/// pale lips they were taken for lips.
std::optional<Colour> upper_teeth(const cv::Mat& lab, const LipEdge& edge, const Lips& lips) {
  Colour sum(0, 0, 0);
  int teeth = 0;
  int seen = 0;
  for (int i = lip_edge_points / 2 + 1; i < lip_edge_points; ++i) {
    const Colour& lip = lips.colour[static_cast<std::size_t>(i)];
    for (const double share : {0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9}) {
      const Colour colour =
          sample(lab, edge.origins.col(i) + share * (edge.contour.col(i) - edge.origins.col(i)));
      ++seen;
      if (colour[0] < lip[0] || colour[1] > lip[1] - tooth_less_red) continue;
      if (distance2(in_deviations(colour), in_deviations(lip)) < unlike_lips) continue;
      sum += in_deviations(colour);
      ++teeth;
    }
  }
  if (teeth < least_teeth * seen) return std::nullopt;
  return sum * (1.0F / static_cast<float>(teeth));
}

/// How much likelier a colour is that of the lip than of the inside, a log-likelihood ratio.
double lip_likelihood(const Colour& colour, const Colour& lip, const std::vector<Colour>& inside) {
  const float brighter = std::max(colour[0] - darkest_lip * lip[0], 0.0F) / dark_deviation;
  const float to_inside = std::min(distance2_to_nearest(in_deviations(colour), inside), brighter * brighter);
  const float to_lip = distance2(in_deviations(colour), in_deviations(lip));
  return std::clamp(0.5 * static_cast<double>(to_inside - to_lip), -largest_likelihood, largest_likelihood);
}

/// Costs of ending the inside at each sample of each ray, and the insets there.
struct RayCosts {
  std::vector<std::array<double, samples>> cost;
  std::vector<std::array<double, samples>> inset;
};

/// From the first sample at equal steps to the contour, and beyond it to the outset.
double inset_of_sample(int sample, double length, double outset) {
  constexpr int on_contour = inner_samples - 1;
  if (sample <= on_contour) return (1 - first_share) * length * (on_contour - sample) / on_contour;
  return outset * (on_contour - sample) / (samples - inner_samples);
}

RayCosts ray_costs(const cv::Mat& lab, const LipEdge& edge, const Lips& lips,
                   const std::vector<Colour>& inside, const std::optional<Colour>& teeth) {
  std::vector<Colour> inside_above = inside;
  if (teeth) inside_above.push_back(*teeth);
  RayCosts costs;
  for (int i = 0; i < lip_edge_points; ++i) {
    const Colour& lip = lips.colour[static_cast<std::size_t>(i)];
    const double outset =
        std::min(greatest_outset, outset_of_lip * lips.thickness[static_cast<std::size_t>(i)]);
    const Eigen::Vector2d ray = edge.contour.col(i) - edge.origins.col(i);
    const double length = std::max(ray.norm(), shortest_ray);
    std::array<double, samples> cost{};
    std::array<double, samples> inset{};
    const bool is_upper = i > lip_edge_points / 2;
    double lip_inside = 0;
    for (int k = 0; k < samples; ++k) {
      const auto at = static_cast<std::size_t>(k);
      inset[at] = inset_of_sample(k, length, outset);
      const bool is_allowed = inset[at] <= greatest_inset || k == inner_samples - 1;
      cost[at] = lip_inside + std::max(inset_cost * inset[at], -outset_cost * inset[at]) +
                 (is_allowed ? 0 : forbidden);
      const Eigen::Vector2d place = edge.contour.col(i) - inset[at] / length * ray;
      lip_inside += lip_likelihood(sample(lab, place), lip, is_upper ? inside_above : inside) *
                    (inset[at] - inset_of_sample(k + 1, length, outset));
    }
    costs.cost.push_back(cost);
    costs.inset.push_back(inset);
  }
  return costs;
}

/// The sample of every ray on the cheapest path around the mouth.
std::vector<std::size_t> cheapest_path(const RayCosts& costs) {
  std::array<double, samples> total = costs.cost.front();
  std::vector<std::array<std::size_t, samples>> came_from;
  for (std::size_t i = 1; i < costs.cost.size(); ++i) {
    std::array<double, samples> next{};
    std::array<std::size_t, samples> from{};
    for (std::size_t k = 0; k < samples; ++k) {
      double least = total[0] + bend_cost * std::abs(costs.inset[i][k] - costs.inset[i - 1][0]);
      for (std::size_t j = 1; j < samples; ++j) {
        const double value = total[j] + bend_cost * std::abs(costs.inset[i][k] - costs.inset[i - 1][j]);
        if (value < least) {
          least = value;
          from[k] = j;
        }
      }
      next[k] = costs.cost[i][k] + least;
    }
    total = next;
    came_from.push_back(from);
  }
  std::vector<std::size_t> path(costs.cost.size());
  path.back() = static_cast<std::size_t>(std::min_element(total.begin(), total.end()) - total.begin());
  for (std::size_t i = path.size() - 1; i > 0; --i) path[i - 1] = came_from[i - 1][path[i]];
  return path;
}

/// Of the right or left half of the mouth that differs less: a hand may cover one.
double contrast_of(const std::vector<Colour>& lips, const std::vector<Colour>& inside) {
  std::array<double, 2> sums{};
  for (int i = 0; i < lip_edge_points; ++i) {
    const int from_right = std::min(i, lip_edge_points - i);
    const auto d2 =
        static_cast<double>(distance2_to_nearest(in_deviations(lips[static_cast<std::size_t>(i)]), inside));
    sums[from_right < lip_edge_points / 4 ? 0 : 1] += d2 / (d2 + 2.0);
  }
  return *std::min_element(sums.begin(), sums.end()) / (lip_edge_points / 2.0);
}

}  // namespace

LipEdge find_lip_edge(const cv::Mat& lab, const Eigen::Matrix2Xd& inner, const Eigen::Matrix2Xd& outer) {
  LipEdge edge;
  edge.contour = dense_lip_contour(inner);
  edge.origins = middle_line(edge.contour, origin_share);
  const Lips lips = lips_around(lab, edge.contour, dense_lip_contour(outer));
  const std::vector<Colour> inside = inside_colours(lab, edge.contour);
  edge.contrast = contrast_of(lips.colour, inside);

  const RayCosts costs =
      ray_costs(lab, edge, lips, without_lips(inside, lips.colour), upper_teeth(lab, edge, lips));
  const std::vector<std::size_t> path = cheapest_path(costs);
  std::vector<double> inset;
  for (std::size_t i = 0; i < path.size(); ++i) inset.push_back(costs.inset[i][path[i]]);
  const std::vector<double> even(inset.size(), 1.0);
  const std::vector<double> smooth = smooth_around(inset, even, 1.2, 0.0);
  edge.inset = Eigen::Map<const Eigen::VectorXd>(smooth.data(), lip_edge_points);
  return edge;
}

Eigen::Matrix2Xd edge_at(const LipEdge& edge, const Eigen::VectorXd& inset) {
  Eigen::Matrix2Xd points(2, lip_edge_points);
  for (int i = 0; i < lip_edge_points; ++i) {
    const Eigen::Vector2d ray = edge.contour.col(i) - edge.origins.col(i);
    const double length = std::max(ray.norm(), shortest_ray);
    points.col(i) = edge.contour.col(i) - std::min(inset[i] / length, 1 - first_share) * ray;
  }
  return points;
}

}  // namespace reenact
