#pragma once

#include <Eigen/Core>
#include <array>
#include <cstddef>
#include <vector>

namespace reenact {

/// Planes of windows: small upright rectangles that follow a part of the face, here the eyes, at a resolution
/// of their own. The left eye is mirrored, so that both look like a right one.
namespace eye_window {
inline constexpr int count = 2;  ///< the subject's right eye, then the left
inline constexpr int height = 64;
inline constexpr int width = 96;
/// Side of the square in whose middle a window lies. Maps are rendered in the square, since flow fades near
/// its border.
inline constexpr int side = 112;
inline constexpr float px_per_cm = 17;
/// From canvas pixels to those of a window.
using Place = Eigen::Matrix<float, 2, 3>;
}  // namespace eye_window

/// Maps of a window: those of conditioning::channels, in grid units of the square, and two more.
namespace window_maps {
inline constexpr int within = 10;  ///< 1 on the eyeball
inline constexpr int part = 11;    ///< 1 on the socket around it
inline constexpr int channels = 12;
}  // namespace window_maps

/// Float planes [windows][channels][height][width].
struct WindowPlanes {
  int channels = 0;
  int height = 0;
  int width = 0;
  std::vector<float> values;

  WindowPlanes() = default;
  WindowPlanes(int windows, int planes, int rows, int columns)
      : channels(planes),
        height(rows),
        width(columns),
        values(static_cast<std::size_t>(windows) * planes * rows * columns) {}

  std::size_t plane_size() const { return static_cast<std::size_t>(height) * width; }
  float* plane(int window, int channel) {
    return values.data() + (static_cast<std::size_t>(window) * channels + channel) * plane_size();
  }
  const float* plane(int window, int channel) const {
    return values.data() + (static_cast<std::size_t>(window) * channels + channel) * plane_size();
  }
};

/// What a generator paints in windows.
struct PaintedWindows {
  WindowPlanes colour;  ///< 3 planes R, G, B in [0,1]
  WindowPlanes alpha;   ///< 1 plane in [0,1]: how far the colour covers what is below
};

}  // namespace reenact
