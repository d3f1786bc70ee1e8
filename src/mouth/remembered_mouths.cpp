#include "reenact/mouth/remembered_mouths.h"

#include <algorithm>
#include <cmath>

namespace reenact {
namespace {

constexpr std::array<double, 4> kinds_from = {0.06, 0.1, 0.15, 0.22};  ///< openings
constexpr double renewed_after_s = 0.5;
constexpr double far_off = 0.5;  ///< log of the ratio of two openings
constexpr double least_opening = 0.03;

double difference(double a, double b) {
  return std::abs(std::log(std::max(a, least_opening) / std::max(b, least_opening)));
}

}  // namespace

void RememberedMouths::remember(const MouthPatch& patch, double opening, double time_s) {
  const auto kind = static_cast<std::size_t>(std::upper_bound(kinds_from.begin(), kinds_from.end(), opening) -
                                             kinds_from.begin());
  std::optional<Mouth>& last = mouths_[kind];
  if (!last || time_s - last->time_s >= renewed_after_s) last = Mouth{patch, opening, time_s};
}

const MouthPatch* RememberedMouths::recall(double opening) {
  if (!recalled_ || difference(recalled_->opening, opening) > far_off) {
    const Mouth* nearest = recalled_ ? &*recalled_ : nullptr;
    for (const std::optional<Mouth>& mouth : mouths_) {
      if (!mouth) continue;
      if (nearest == nullptr || difference(mouth->opening, opening) < difference(nearest->opening, opening)) {
        nearest = &*mouth;
      }
    }
    if (nearest != nullptr && (!recalled_ || nearest != &*recalled_)) recalled_ = *nearest;
  }
  return recalled_ ? &recalled_->patch : nullptr;
}

}  // namespace reenact
