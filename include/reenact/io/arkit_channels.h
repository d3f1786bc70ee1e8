#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>

namespace reenact {

/// Numbers that a take of ARKit holds for each frame, in the order of Live Link Face's CSV: 52 blend shapes,
/// then the angles of head and eyes. Left and right are the subject's.
inline constexpr std::size_t arkit_shape_count = 52;
inline constexpr std::size_t arkit_channel_count = 61;

/// Places of the angles and of the shapes that mean a gaze. The roll of an eye is not used.
namespace arkit {
inline constexpr std::size_t look_down_left = 1;
inline constexpr std::size_t look_in_left = 2;
inline constexpr std::size_t look_out_left = 3;
inline constexpr std::size_t look_up_left = 4;
inline constexpr std::size_t look_down_right = 8;
inline constexpr std::size_t look_in_right = 9;
inline constexpr std::size_t look_out_right = 10;
inline constexpr std::size_t look_up_right = 11;
inline constexpr std::size_t head_yaw = 52;
inline constexpr std::size_t head_pitch = 53;
inline constexpr std::size_t head_roll = 54;
inline constexpr std::size_t left_eye_yaw = 55;
inline constexpr std::size_t left_eye_pitch = 56;
inline constexpr std::size_t right_eye_yaw = 58;
inline constexpr std::size_t right_eye_pitch = 59;
}  // namespace arkit

/// A value for each channel; shapes lie in [0, 1], angles are radians.
using ArkitValues = std::array<double, arkit_channel_count>;

/// The channel's name as Live Link Face writes it, "EyeBlinkLeft"; ARKit's own begins with a small letter.
const char* arkit_channel_name(std::size_t channel);

/// The channel of this name: whatever case its letters have, and with _L and _R for Left and Right.
std::optional<std::size_t> arkit_channel(const std::string& name);

/// The shape that an expression of a face model is, wholly or as one side of it: cheekPuff_L is part of
/// cheekPuff.
std::optional<std::size_t> arkit_shape_of_expression(const std::string& expression);

}  // namespace reenact
