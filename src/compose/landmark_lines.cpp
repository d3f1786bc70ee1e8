#include "reenact/compose/landmark_lines.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace reenact {
namespace {

struct Line {
  int first;
  int count;
  bool closed;
  cv::Scalar colour;  ///< R, G, B
};

/// iBUG's contours, in the order in which they are drawn over each other.
const Line lines[] = {
    {0, 17, false, {255, 255, 255}}, {17, 5, false, {255, 0, 0}},   {22, 5, false, {0, 255, 0}},
    {27, 4, false, {0, 0, 255}},     {31, 5, false, {0, 0, 255}},   {36, 6, true, {255, 0, 255}},
    {42, 6, true, {0, 255, 255}},    {48, 12, true, {255, 255, 0}}, {60, 8, true, {255, 255, 0}},
};
constexpr int nose_tip = 30;
constexpr int nose_base = 33;
constexpr int thickness = 2;

}  // namespace

cv::Mat draw_landmark_lines(const LandmarkPoints& points, int size) {
  const auto pixel = [&](int i) {
    const auto whole = [&](float grid) {
      const float position = 0.5F * (grid + 1) * static_cast<float>(size);
      return static_cast<int>(std::clamp(position, -1e4F, 1e4F));
    };
    return cv::Point(whole(points(0, i)), whole(points(1, i)));
  };
  cv::Mat drawing = cv::Mat::zeros(size, size, CV_8UC3);
  std::vector<cv::Point> line;
  for (const Line& part : lines) {
    line.clear();
    for (int i = 0; i < part.count; ++i) line.push_back(pixel(part.first + i));
    if (part.first + part.count - 1 == nose_tip) line.push_back(pixel(nose_base));
    cv::polylines(drawing, line, part.closed, part.colour, thickness);
  }
  return drawing;
}

}  // namespace reenact
