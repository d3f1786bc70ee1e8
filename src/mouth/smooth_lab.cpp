#include "reenact/mouth/smooth_lab.h"

#include <opencv2/imgproc.hpp>

namespace reenact {

cv::Mat smooth_lab(const cv::Mat& picture) {
  cv::Mat lab;
  picture.convertTo(lab, CV_32FC3, 1.0 / 255.0);
  cv::cvtColor(lab, lab, cv::COLOR_BGR2Lab);
  cv::GaussianBlur(lab, lab, {0, 0}, 0.7);
  return lab;
}

}  // namespace reenact
