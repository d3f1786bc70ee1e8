#pragma once

#include <opencv2/core.hpp>

#include "reenact/core/crop.h"
#include "reenact/render/generated_frame.h"

namespace reenact {

/// Warps the photo and blends, at the photo's own resolution.
class Compositor {
 public:
  /// `photo` is 8-bit BGR at output resolution; `crop` is in its pixels and may reach beyond it.
  Compositor(cv::Mat photo, const CropSquare& crop);

  /// w·sample(photo, flow) + (1−w)·colour inside the crop, pasted into the photo. Near the
  /// border of the crop the weight goes to 1 and the flow to 0, so there is no seam.
  /// The result has the photo's size and is valid until the next call.
  const cv::Mat& compose(const GeneratedFrame& frame);

 private:
  // implementer: add what is needed
};

}  // namespace reenact
