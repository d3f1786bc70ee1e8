#include "eyes/eye_region.h"

#include <algorithm>
#include <cmath>

#include "eyes/sampling.h"

namespace reenact {
namespace {

constexpr float box_width = 1.8F;  ///< in eye widths
constexpr float box_height = 1.4F;

cv::Rect box_around(const EyeFrame& frame) {
  const Eigen::Vector2f middle = frame.image(0.5F, 0.0F);
  const auto side = [&](float share) { return static_cast<int>(std::ceil(share * frame.width)) + 2; };
  const int columns = side(box_width);
  const int rows = side(box_height);
  return {static_cast<int>(std::floor(middle.x())) - columns / 2,
          static_cast<int>(std::floor(middle.y())) - rows / 2, columns, rows};
}

}  // namespace

EyeRegion::EyeRegion(const LidCurves& lids, const Eyeball& ball)
    : box(box_around(lids.frame)), width(lids.frame.width) {
  const LidProfile upper_cosine = edge_foreshortening(lids.upper, width);
  const LidProfile lower_cosine = edge_foreshortening(lids.lower, width);
  pixels.reserve(static_cast<std::size_t>(box.area()));
  for (int y = 0; y < box.height; ++y) {
    for (int x = 0; x < box.width; ++x) {
      const Eigen::Vector2f local =
          lids.frame.local(Eigen::Vector2f(static_cast<float>(box.x + x), static_cast<float>(box.y + y)));
      EyePixel pixel;
      pixel.a = local.x();
      pixel.h = local.y();
      pixel.to_upper = (reenact::at(lids.upper, pixel.a) - pixel.h) * reenact::at(upper_cosine, pixel.a);
      pixel.to_lower = (pixel.h - reenact::at(lids.lower, pixel.a)) * reenact::at(lower_cosine, pixel.a);
      pixel.inside = pixel.a > 0 && pixel.a < 1 && pixel.to_upper > 0 && pixel.to_lower > 0;
      pixels.push_back(pixel);
    }
  }
  place_on(ball);
}

void EyeRegion::place_on(const Eyeball& ball) {
  std::size_t i = 0;
  for (int y = 0; y < box.height; ++y) {
    for (int x = 0; x < box.width; ++x, ++i) {
      const Eigen::Vector2f place(static_cast<float>(box.x + x), static_cast<float>(box.y + y));
      pixels[i].iris = iris_place(ball, ball_direction(place - ball.centre, ball.radius));
    }
  }
}

cv::Mat canvas_around(const cv::Mat& canvas, const cv::Rect& box) {
  cv::Mat around(box.size(), CV_32FC3);
  for (int y = 0; y < box.height; ++y) {
    const auto* row = canvas.ptr<cv::Vec3b>(std::clamp(box.y + y, 0, canvas.rows - 1));
    auto* out = around.ptr<Colour>(y);
    for (int x = 0; x < box.width; ++x) out[x] = row[std::clamp(box.x + x, 0, canvas.cols - 1)];
  }
  return around;
}

}  // namespace reenact
