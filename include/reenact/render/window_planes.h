#pragma once

#include <Eigen/Core>
#include <array>
#include <cstddef>
#include <vector>

namespace reenact {

/// Windows: small upright rectangles that follow a part of the face, at a resolution of their own, which a
/// generator paints.
struct WindowKind {
  const char* name;   ///< of the part: the generator's methods are called by it
  const char* whose;  ///< the same, in sentences
  int count;          ///< in each frame
  int height;
  int width;
  /// Side of the square in whose middle a window lies. Maps are rendered in the square, since flow fades near
  /// its border.
  int side;
  float px_per_cm;
  /// How far the tint of what is below a window is that of what is to be there, in the window's pixels; 0
  /// where what is below shows something else.
  float tint_radius_px;

  constexpr int first_row() const { return (side - height) / 2; }
  constexpr int first_column() const { return (side - width) / 2; }
};

/// The subject's right eye, then the left, which is mirrored, so that both look like a right one.
inline constexpr WindowKind eye_window{"eyes", "the eyes'", 2, 64, 96, 112, 17, 4};
inline constexpr WindowKind mouth_window{"mouth", "the mouth's", 1, 96, 128, 160, 14.5F, 0};

inline constexpr std::array<const WindowKind*, 2> window_kinds = {&eye_window, &mouth_window};

/// From canvas pixels to those of a window.
using WindowPlace = Eigen::Matrix<float, 2, 3>;

/// Maps of a window: those of conditioning::channels, in grid units of the square, and two more.
namespace window_maps {
inline constexpr int within = 10;  ///< 1 on the eyeball, or in the mouth's inside
inline constexpr int part = 11;    ///< 1 on the socket around the eyeball, or on teeth
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
