#pragma once

#include <array>

/// Names for the points of both landmark schemes. Right and left are the subject's. Where a list is a
/// contour, its points follow each other along it.

/// iBUG 300-W (Sagonas et al., ICCV Workshops 2013), 68 points, which dlib's shape predictor returns.
namespace reenact::ibug68 {

/// Along the jaw, from the subject's right ear over the chin to the left one.
inline constexpr int contour_begin = 0;
inline constexpr int contour_count = 17;
inline constexpr int right_ear = 0;
inline constexpr int chin = 8;
inline constexpr int left_ear = 16;

inline constexpr int brows_begin = 17;
inline constexpr int brows_count = 10;
inline constexpr std::array<int, 5> right_brow = {17, 18, 19, 20, 21};
inline constexpr std::array<int, 5> left_brow = {22, 23, 24, 25, 26};

inline constexpr int nose_base = 33;
inline constexpr std::array<int, 2> right_nostril = {31, 32};
inline constexpr std::array<int, 2> left_nostril = {34, 35};

inline constexpr int eyes_begin = 36;
inline constexpr int eyes_count = 12;
inline constexpr int right_eye_outer = 36;
inline constexpr int right_eye_inner = 39;
inline constexpr int left_eye_inner = 42;
inline constexpr int left_eye_outer = 45;
inline constexpr std::array<int, 6> right_eye = {36, 37, 38, 39, 40, 41};
inline constexpr std::array<int, 6> left_eye = {42, 43, 44, 45, 46, 47};
/// Upper lids with both corners.
inline constexpr std::array<int, 4> right_lash_line = {36, 37, 38, 39};
inline constexpr std::array<int, 4> left_lash_line = {42, 43, 44, 45};
inline constexpr std::array<int, 2> right_upper_lid = {37, 38};
inline constexpr std::array<int, 2> right_lower_lid = {40, 41};
inline constexpr std::array<int, 2> left_upper_lid = {43, 44};
inline constexpr std::array<int, 2> left_lower_lid = {46, 47};

inline constexpr int lips_begin = 48;
inline constexpr int lips_count = 20;
inline constexpr std::array<int, 12> upper_lip = {48, 49, 50, 51, 52, 53, 54, 64, 63, 62, 61, 60};
inline constexpr std::array<int, 12> lower_lip = {48, 60, 67, 66, 65, 64, 54, 55, 56, 57, 58, 59};
inline constexpr std::array<int, 3> inner_upper_lip = {61, 62, 63};
inline constexpr std::array<int, 3> inner_lower_lip = {65, 66, 67};
/// Upper and lower point of each gap.
inline constexpr std::array<std::array<int, 2>, 3> lip_gaps = {{{61, 67}, {62, 66}, {63, 65}}};
inline constexpr std::array<int, 2> mouth_corners = {48, 54};
inline constexpr int upper_lip_middle = 51;
inline constexpr int lower_lip_middle = 57;
/// Corners, outer and inner lips in the middle: their mean is the middle of the mouth.
inline constexpr std::array<int, 6> mouth_middle = {48, 54, 51, 57, 62, 66};
inline constexpr std::array<std::array<int, 2>, 2> right_lid_gaps = {{{37, 41}, {38, 40}}};
inline constexpr std::array<std::array<int, 2>, 2> left_lid_gaps = {{{43, 47}, {44, 46}}};
inline constexpr std::array<int, 1> right_inner_brow = {21};
inline constexpr std::array<int, 1> left_inner_brow = {22};

}  // namespace reenact::ibug68

/// MediaPipe's face mesh (Kartynnik et al., 2019), 468 points.
namespace reenact::mesh468 {

inline constexpr int nose_base = 2;
inline constexpr int right_eye_outer = 33;
inline constexpr int right_eye_inner = 133;
inline constexpr int left_eye_inner = 362;
inline constexpr int left_eye_outer = 263;

/// Around the face, from the middle of the forehead over the subject's left.
inline constexpr std::array<int, 36> oval = {10,  338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288,
                                             397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136,
                                             172, 58,  132, 93,  234, 127, 162, 21,  54,  103, 67,  109};

inline constexpr std::array<int, 10> right_brow = {46, 53, 52, 65, 55, 70, 63, 105, 66, 107};
inline constexpr std::array<int, 10> left_brow = {276, 283, 282, 295, 285, 300, 293, 334, 296, 336};

/// The first 16 points of the iris network's eye contour refine these: lower lid from the outer to the inner
/// corner, then the upper lid from the outer side to the inner one.
inline constexpr std::array<int, 16> right_eye = {33,  7,   163, 144, 145, 153, 154, 155,
                                                  133, 246, 161, 160, 159, 158, 157, 173};
inline constexpr std::array<int, 16> left_eye = {263, 249, 390, 373, 374, 380, 381, 382,
                                                 362, 466, 388, 387, 386, 385, 384, 398};
/// Points above and below the pupil, at which the gap between the lids is measured.
inline constexpr std::array<int, 2> right_upper_lid = {160, 158};
inline constexpr std::array<int, 2> right_lower_lid = {144, 153};
inline constexpr std::array<int, 2> left_upper_lid = {387, 385};
inline constexpr std::array<int, 2> left_lower_lid = {373, 380};

/// From the subject's right corner along the lower lip to the left one and back along the upper lip.
inline constexpr std::array<int, 20> outer_lips = {61,  146, 91,  181, 84,  17, 314, 405, 321, 375,
                                                   291, 409, 270, 269, 267, 0,  37,  39,  40,  185};
inline constexpr std::array<int, 20> inner_lips = {78,  95,  88,  178, 87,  14, 317, 402, 318, 324,
                                                   308, 415, 310, 311, 312, 13, 82,  81,  80,  191};
/// Upper and lower point of each gap.
inline constexpr std::array<std::array<int, 2>, 3> lip_gaps = {{{82, 87}, {13, 14}, {312, 317}}};
inline constexpr std::array<std::array<int, 2>, 3> right_lid_gaps = {{{160, 144}, {159, 145}, {158, 153}}};
inline constexpr std::array<std::array<int, 2>, 3> left_lid_gaps = {{{385, 380}, {386, 374}, {387, 373}}};
inline constexpr std::array<int, 2> lip_corners = {61, 291};
/// Corners, outer and inner lips in the middle: their mean is the middle of the mouth.
inline constexpr std::array<int, 6> mouth_middle = {61, 291, 0, 17, 13, 14};
inline constexpr std::array<int, 2> right_inner_brow = {107, 55};
inline constexpr std::array<int, 2> left_inner_brow = {336, 285};
/// Bare skin: cheeks, nose, forehead, chin. The first five lie right of the mouth (the subject's right), the
/// next five left of it.
inline constexpr std::array<int, 23> skin = {50,  118, 205, 36,  187, 280, 347, 425, 266, 411, 101, 330,
                                             195, 197, 5,   151, 9,   108, 337, 69,  299, 200, 199};
/// Four on each side, from the skin beside the lips to the inner lips.
inline constexpr std::array<int, 8> mouth_corners = {61, 76, 62, 78, 291, 306, 292, 308};

}  // namespace reenact::mesh468

namespace reenact {

/// Face-mesh points of one eye's contour, each edge from the outer to the inner corner; both hold the
/// corners.
struct EyeMeshPoints {
  std::array<int, 9> upper;
  std::array<int, 9> lower;
};

/// The subject's right eye, then the left.
inline constexpr std::array<EyeMeshPoints, 2> eye_mesh_points = {{
    {{33, 246, 161, 160, 159, 158, 157, 173, 133}, {33, 7, 163, 144, 145, 153, 154, 155, 133}},
    {{263, 466, 388, 387, 386, 385, 384, 398, 362}, {263, 249, 390, 373, 374, 380, 381, 382, 362}},
}};

}  // namespace reenact
