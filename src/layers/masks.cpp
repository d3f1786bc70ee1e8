#include "layers/masks.h"

#include <opencv2/imgproc.hpp>

namespace reenact {

cv::Mat eroded(const cv::Mat& mask, double distance) {
  if (cv::countNonZero(mask) == static_cast<int>(mask.total())) return mask.clone();
  cv::Mat to_outside;
  cv::distanceTransform(mask, to_outside, cv::DIST_L2, cv::DIST_MASK_5);
  return to_outside > distance;
}

cv::Mat dilated(const cv::Mat& mask, double distance) { return ~eroded(~mask, distance); }

}  // namespace reenact
