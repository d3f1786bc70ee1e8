#pragma once

#include <opencv2/core.hpp>

#include "reenact/mouth/upper_teeth.h"

namespace reenact {

/// A drawn row of upper teeth, in the pixels of a box.
struct DrawnTeeth {
  cv::Mat_<float> relief;  ///< light, over that on the middle of a tooth
  cv::Mat_<float> arch;    ///< light that its place in the row leaves a tooth, over that in the middle
  cv::Mat_<float> warmth;  ///< in [0,1]: yellow of the neck and of teeth far back
  cv::Mat_<float> gum;     ///< in [0,1]
  cv::Mat_<float> cover;   ///< in [0,1]
  cv::Mat_<float> below;   ///< centimetres below the row's edge, negative above; beside_row beside it

  static constexpr float beside_row = 100;
};

/// Typical teeth where `row` lies; none when it has another number of them than UpperTeeth::count.
DrawnTeeth draw_teeth(const ToothRow& row, const cv::Rect& box);

}  // namespace reenact
