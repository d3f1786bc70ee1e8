#pragma once

#include <cstddef>

namespace reenact {

/// dlib's frontal face detector as dlib::serialize() writes it. dlib has it compressed, and takes a third of
/// a second to unpack it; reading this takes a few milliseconds. Made when the program is built
/// (unpack_face_detector.cpp).
extern const unsigned char unpacked_face_detector[];
extern const std::size_t unpacked_face_detector_bytes;

}  // namespace reenact
