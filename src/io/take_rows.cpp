#include "io/take_rows.h"

#include <algorithm>
#include <cmath>

#include "reenact/core/error.h"

namespace reenact {
namespace {

/// Calibrated takes leave [0, 1] a little.
constexpr double shape_slack = 0.5;
constexpr double greatest_seconds = 1e9;

}  // namespace

void reject_take(const std::filesystem::path& path, const std::string& what) {
  throw InputError("'" + path.string() + "' is not a usable take of blend shapes: " + what);
}

double checked_value(std::size_t channel, double value, const std::filesystem::path& path,
                     const std::string& place) {
  const std::string name = arkit_channel_name(channel);
  if (channel >= arkit_shape_count) {
    if (std::abs(value) <= M_PI) return value;
    reject_take(path, place + " gives " + name + " an angle beyond half a turn; angles are radians");
  }
  if (value >= -shape_slack && value <= 1 + shape_slack) return std::clamp(value, 0.0, 1.0);
  reject_take(path, place + " gives " + name + " a number outside of 0 to 1");
}

std::int64_t checked_microseconds(double seconds, const std::filesystem::path& path,
                                  const std::string& place) {
  if (std::abs(seconds) <= greatest_seconds) return std::llround(seconds * 1e6);
  reject_take(path, place + " gives no usable time in seconds");
}

}  // namespace reenact
