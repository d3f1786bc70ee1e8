#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace reenact {

/// Draws that are the same on every platform: the standard fixes std::mt19937_64 but not its distributions.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t bits() { return engine_(); }

  /// An index below `count`, which must be in [1, 2^32): the upper 32 bits scaled (bias below count / 2^32).
  std::size_t index(std::size_t count) {
    return static_cast<std::size_t>(((engine_() >> 32U) * static_cast<std::uint64_t>(count)) >> 32U);
  }

  /// Fisher–Yates.
  template <typename Value>
  void shuffle(std::vector<Value>& values) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[index(i)]);
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace reenact
