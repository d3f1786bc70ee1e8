#include "metrics/check_images.h"

#include "reenact/core/error.h"

namespace reenact {

std::string size_text(const cv::Size& size) {
  return std::to_string(size.width) + "x" + std::to_string(size.height);
}

void require_same_pictures(const cv::Mat& image, const cv::Mat& reference) {
  if (image.empty() || image.type() != CV_8UC3 || reference.type() != CV_8UC3) {
    throw InputError("pictures to compare must be 8-bit colour and not empty");
  }
  if (image.size() != reference.size()) {
    throw InputError("pictures to compare must have one size; these have " + size_text(image.size()) +
                     " and " + size_text(reference.size()));
  }
}

void require_mask(const cv::Mat& mask, const cv::Size& size) {
  if (mask.type() != CV_8UC1 || mask.size() != size) {
    throw InputError("a mask must have one 8-bit channel and the size of its picture, " + size_text(size));
  }
}

}  // namespace reenact
