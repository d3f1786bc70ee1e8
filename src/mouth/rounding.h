#pragma once

#include <Eigen/Core>
#include <cmath>

namespace reenact {

// What a patch says is rounded, so that a motion file is short and says the same.

/// To 1/64 pixel.
inline Eigen::MatrixXd rounded_pixels(const Eigen::MatrixXd& pixels) {
  return (pixels.array() * 64).round() / 64;
}

/// To 1/4096.
inline double rounded_share(double value) { return std::round(value * 4096) / 4096; }

}  // namespace reenact
