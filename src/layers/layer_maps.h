#pragma once

#include <opencv2/core.hpp>

#include "layers/guided_filter.h"
#include "reenact/layers/photo_layers.h"

namespace reenact {

/// What the layers of a photo follow from, at each pixel of a smaller picture of it.
struct LayerMaps {
  /// What is sure of a pixel.
  enum Sure : std::uint8_t { nothing = 0, person, background };
  cv::Mat sure;  ///< CV_8UC1
  /// Of a pixel of which nothing is sure, in this order.
  enum Value {
    alpha_slope = 0,  ///< 3: alpha as a linear function of the photo's colour
    alpha_offset = 3,
    person_colour = 4,      ///< 3: mean of the person's colour nearby
    background_colour = 7,  ///< 3: mean of the background's
    plainness = 10,         ///< 1 beside a plain background, 0 beside a busy one
    cleanness = 11,         ///< 1 where the photo shows the background alone
    values = 12
  };
  cv::Mat edge;  ///< CV_32FC(12)
  cv::Mat fill;  ///< CV_32FC3, the background, also where it is hidden
};

/// `picture` (CV_32FC3, in [0, 1]) is the smaller picture, `alpha` the model's there; it is sure where it has
/// no slope. `cm` is in pixels. `clean` (CV_8UC1) is where the picture shows the background alone, and must
/// hold somewhere.
LayerMaps make_layer_maps(const cv::Mat& picture, const LocalLinearModel& alpha, const cv::Mat& clean,
                          double cm);

/// What happens to faint differences beside the person from the plate.
enum class Wisps {
  of_person,      ///< they move with it where the background is plain, which hides hair that the matte missed
  of_background,  ///< they stay, so that another background gets no haze of the old one
};

/// The layers at the resolution of `photo` (CV_8UC3), whose smaller picture the maps belong to.
PhotoLayers split_by_maps(const cv::Mat& photo, const LayerMaps& maps, const cv::Rect& region, Wisps wisps);

}  // namespace reenact
