#pragma once

#include <Eigen/Core>
#include <vector>

#include "reenact/core/crop.h"

namespace reenact {

/// The conditioning `landmarks-v1`: 68 points in iBUG order in a square that follows the face. The published
/// model of Zakharov et al., Fast Bi-layer Neural Synthesis of One-Shot Realistic Head Avatars (ECCV 2020),
/// was trained on it.
namespace landmark_conditioning {
inline constexpr const char* name = "landmarks-v1";
inline constexpr int points = 68;
inline constexpr int alpha = 0;  ///< how much the person covers a pixel of the source, in [0,1]
inline constexpr int lines = 1;  ///< 3 planes R, G, B in [0,1]: the points joined by lines, on black
inline constexpr int channels = 4;
}  // namespace landmark_conditioning

/// What a generator is told of a source: float planes [channels][size][size].
struct LandmarkMaps {
  int size = 0;
  std::vector<float> planes;
};

/// What it is told of a frame: the points in the square, in grid units (the square spans [−1, 1]).
using LandmarkPoints = Eigen::Matrix<float, 2, landmark_conditioning::points>;

/// The square of a face with these landmarks, 2×68 in pixels: twice as wide as the longer side of their box,
/// around its middle raised by a sixth of that side. Throws InputError when they are not finite or all in
/// one place.
CropSquare landmark_square(const Eigen::Matrix2Xd& landmarks);

/// The landmarks in that square, in grid units.
LandmarkPoints landmarks_in_square(const Eigen::Matrix2Xd& landmarks, const CropSquare& square);

}  // namespace reenact
