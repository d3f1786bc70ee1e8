#pragma once

#include <cstdint>

namespace reenact {

/// An exact ratio, used for frame rates (frames per second) and time bases (seconds per tick).
struct Rational {
  std::int64_t num = 0;
  std::int64_t den = 1;
  double value() const { return static_cast<double>(num) / static_cast<double>(den); }
  friend bool operator==(const Rational& a, const Rational& b) { return a.num * b.den == b.num * a.den; }
};

}  // namespace reenact
