#pragma once

#include <cstdint>
#include <vector>

namespace reenact {

/// Side in texels of the picture of a face's skin: the mean face seen from the front fills it.
inline constexpr int shading_side = 112;

/// How light and dark the folds of the skin are in one driver frame, against the driver's keyframe. It shows
/// the change alone, not the face.
struct SkinShading {
  /// 8-bit grey, shading_side wide and twice as high. Above, in the layout of the mean face, the log of the
  /// ratio of the lumas, fine structure alone, 128 for none and 256 for a factor of e; below, the confidence
  /// in it, 255 for full.
  std::vector<std::uint8_t> jpeg;
};

}  // namespace reenact
