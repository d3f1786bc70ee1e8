#include "fit/landmark_weights.h"

#include <initializer_list>

namespace reenact {
namespace {

constexpr double contour_weight = 0.4;
constexpr double oval_weight = 0.2;
constexpr double brow_weight = 0.8;
constexpr double lid_weight = 3.0;
constexpr double lip_weight = 2.0;
constexpr double sparse_total = 68.0;
constexpr double dense_total = 3.0 * sparse_total;

}  // namespace

Eigen::VectorXd landmark_weights(LandmarkScheme scheme) {
  Eigen::VectorXd weights = Eigen::VectorXd::Ones(landmark_count(scheme));
  if (scheme == LandmarkScheme::dlib68) {
    weights.segment<17>(0).setConstant(contour_weight);
    weights.segment<10>(17).setConstant(brow_weight);
    weights.segment<12>(36).setConstant(lid_weight);
    weights.segment<20>(48).setConstant(lip_weight);
  } else {
    const auto set = [&](double weight, std::initializer_list<int> points) {
      for (const int point : points) weights[point] = weight;
    };
    set(oval_weight,
        {10,  338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
         152, 148, 176, 149, 150, 136, 172, 58,  132, 93,  234, 127, 162, 21,  54,  103, 67,  109});
    set(brow_weight,
        {276, 283, 282, 295, 285, 300, 293, 334, 296, 336, 46, 53, 52, 65, 55, 70, 63, 105, 66, 107});
    set(lid_weight, {33,  7,   163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173,
                     263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398});
    set(lip_weight,
        {61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0,  37, 39, 40, 185,
         78, 95,  88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191});
  }
  const double total = scheme == LandmarkScheme::dlib68 ? sparse_total : dense_total;
  return weights * (total / weights.sum());
}

}  // namespace reenact
