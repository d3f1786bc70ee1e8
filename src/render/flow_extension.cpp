#include "render/flow_extension.h"

#include <algorithm>

#include "render/plane_values.h"

namespace reenact {
namespace {

constexpr int coarsest_size = 16;
constexpr int coarsest_sweeps = 60;
constexpr int sweeps_per_level = 8;
constexpr float damping = 0.8F;

}  // namespace

FlowExtension::FlowExtension(int size) {
  float spacing = 1.0F;
  for (int level_size = size;; level_size = (level_size - 2 + 1) / 2 + 2) {
    const std::size_t pixels = static_cast<std::size_t>(level_size) * static_cast<std::size_t>(level_size);
    Level level;
    level.size = level_size;
    level.frame_distance = 0.5F * (spacing + 1.0F) / spacing;
    level.known.assign(pixels, 0);
    for (Plane* plane : {&level.pull, &level.target[0], &level.target[1], &level.flow[0], &level.flow[1]}) {
      plane->assign(pixels, 0.0F);
    }
    levels_.push_back(std::move(level));
    if (level_size <= coarsest_size) break;
    spacing *= 2.0F;
  }
  for (Plane* plane : {&keep_, &gain_, &bias_, &next_}) plane->assign(levels_.front().pull.size(), 0.0F);
}

void FlowExtension::solve() {
  for (std::size_t i = 1; i < levels_.size(); ++i) restrict_to(levels_[i - 1], levels_[i]);
  start_from_zero(levels_.back());
  relax(levels_.back(), coarsest_sweeps);
  for (std::size_t i = levels_.size() - 1; i > 0; --i) {
    prolong(levels_[i], levels_[i - 1]);
    relax(levels_[i - 1], sweeps_per_level);
  }
}

/// Averages 2×2 blocks. A coarse cell is known when at least half of its block is, and takes their mean.
void FlowExtension::restrict_to(const Level& fine, Level& coarse) {
  for (int y = 1; y < coarse.size - 1; ++y) {
    for (int x = 1; x < coarse.size - 1; ++x) {
      int pixels = 0;
      int known = 0;
      float pull = 0;
      float target[2] = {0, 0};
      float flow[2] = {0, 0};
      for (int v = 2 * y - 1; v <= std::min(2 * y, fine.size - 2); ++v) {
        for (int u = 2 * x - 1; u <= std::min(2 * x, fine.size - 2); ++u) {
          const auto from = pixel_index(u, v, fine.size);
          ++pixels;
          known += fine.known[from];
          pull += fine.pull[from];
          for (int axis = 0; axis < 2; ++axis) {
            target[axis] += fine.target[index(axis)][from];
            if (fine.known[from] != 0) flow[axis] += fine.flow[index(axis)][from];
          }
        }
      }
      const auto to = pixel_index(x, y, coarse.size);
      const float scale = 1.0F / static_cast<float>(pixels);
      coarse.known[to] = 2 * known >= pixels ? 1 : 0;
      coarse.pull[to] = 4.0F * pull * scale;  // the pull is per square pixel
      for (int axis = 0; axis < 2; ++axis) {
        coarse.target[index(axis)][to] = target[axis] * scale;
        if (coarse.known[to] != 0) coarse.flow[index(axis)][to] = flow[axis] / static_cast<float>(known);
      }
    }
  }
}

void FlowExtension::start_from_zero(Level& level) {
  for (Plane& flow : level.flow) {
    for (std::size_t i = 0; i < flow.size(); ++i) {
      if (level.known[i] == 0) flow[i] = 0.0F;
    }
  }
}

/// Bilinear interpolation of the coarse flow into the unknown pixels of the fine one.
void FlowExtension::prolong(const Level& coarse, Level& fine) {
  for (int y = 1; y < fine.size - 1; ++y) {
    const int near_y = (y + 1) / 2;
    const int far_y = y % 2 == 0 ? near_y + 1 : near_y - 1;
    for (int x = 1; x < fine.size - 1; ++x) {
      const auto to = pixel_index(x, y, fine.size);
      if (fine.known[to] != 0) continue;
      const int near_x = (x + 1) / 2;
      const int far_x = x % 2 == 0 ? near_x + 1 : near_x - 1;
      for (int axis = 0; axis < 2; ++axis) {
        const Plane& from = coarse.flow[index(axis)];
        const auto at = [&](int u, int v) { return from[pixel_index(u, v, coarse.size)]; };
        fine.flow[index(axis)][to] = 0.5625F * at(near_x, near_y) + 0.1875F * at(far_x, near_y) +
                                     0.1875F * at(near_x, far_y) + 0.0625F * at(far_x, far_y);
      }
    }
  }
}

void FlowExtension::find_unknown(const Level& level) {
  const auto is_unknown = [](std::uint8_t known) { return known == 0; };
  unknown_.clear();
  for (int y = 1; y < level.size - 1; ++y) {
    const std::uint8_t* row = level.known.data() + pixel_index(0, y, level.size);
    const std::uint8_t* const end = row + level.size - 1;
    const std::uint8_t* const first = std::find_if(row + 1, end, is_unknown);
    if (first == end) continue;
    const std::uint8_t* last = end - 1;
    while (!is_unknown(*last)) --last;
    unknown_.push_back({y, static_cast<int>(first - row), static_cast<int>(last - row) + 1});
  }
}

/// Damped Jacobi: f ← keep·f + gain·(sum of the four neighbours) + bias, where known pixels have
/// keep = gain = 0. A neighbour in the frame is extrapolated: f·(1 − 1/frame_distance).
void FlowExtension::relax(Level& level, int sweeps) {
  const int size = level.size;
  const float frame_weight = 1.0F / level.frame_distance - 1.0F;
  find_unknown(level);
  for (const Span& span : unknown_) {
    const std::size_t row = pixel_index(0, span.y, size);
    const int frames_above_and_below = (span.y == 1) + (span.y == size - 2);
    const auto set = [&](int x, int frame_sides) {
      const std::size_t i = row + static_cast<std::size_t>(x);
      const float diagonal = 4.0F + level.pull[i] + frame_weight * static_cast<float>(frame_sides);
      keep_[i] = level.known[i] != 0 ? 0.0F : 1.0F - damping;
      gain_[i] = level.known[i] != 0 ? 0.0F : damping / diagonal;
    };
    for (int x = span.first; x < span.end; ++x) set(x, frames_above_and_below);
    for (const int x : {1, size - 2}) set(x, frames_above_and_below + 1);
  }

  for (int axis = 0; axis < 2; ++axis) {
    Plane& flow = level.flow[index(axis)];
    const Plane& target = level.target[index(axis)];
    for (int k = 0; k < size; ++k) {
      for (const int side : {0, size - 1}) {
        flow[pixel_index(k, side, size)] = 0.0F;
        flow[pixel_index(side, k, size)] = 0.0F;
      }
    }
    for (const Span& span : unknown_) {
      const std::size_t row = pixel_index(0, span.y, size);
      for (std::size_t i = row + static_cast<std::size_t>(span.first);
           i < row + static_cast<std::size_t>(span.end); ++i) {
        bias_[i] = level.known[i] != 0 ? flow[i] : gain_[i] * level.pull[i] * target[i];
      }
    }
    std::copy(flow.begin(), flow.end(), next_.begin());
    float* from = flow.data();
    float* to = next_.data();
    for (int sweep = 0; sweep < sweeps; ++sweep) {
      for (const Span& span : unknown_) {
        const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(span.y) * size;
        const float* above = from + row - size;
        const float* here = from + row;
        const float* below = from + row + size;
        const float* keep = keep_.data() + row;
        const float* gain = gain_.data() + row;
        const float* bias = bias_.data() + row;
        float* __restrict out = to + row;
        for (int x = span.first; x < span.end; ++x) {
          out[x] = keep[x] * here[x] + gain[x] * (here[x - 1] + here[x + 1] + above[x] + below[x]) + bias[x];
        }
      }
      std::swap(from, to);
    }
    static_assert(coarsest_sweeps % 2 == 0 && sweeps_per_level % 2 == 0, "an even number ends in `flow`");
  }
}

}  // namespace reenact
