#include "reenact/compose/portrait_compositor.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "reenact/core/error.h"
#include "reenact/core/smoothstep.h"

namespace reenact {
namespace {

constexpr double fade_share = 1.0 / 16;  ///< of a square's side over which what is drawn fades out
constexpr double chin_share = 1.0 / 16;  ///< of its side over which the torso begins below the chin
constexpr double farthest = 1e5;         ///< pixels

/// Depth of a position in [0, side], in widths of the fade: 0 on the edge.
double depth(double position, double side) {
  return std::min(position, side - position) / (fade_share * side);
}

/// How much of the photo's person stays at (x, y): all of it but for the head's square above the chin, as far
/// as what is drawn there has not faded.
double kept(double x, double y, const CropSquare& square, double chin) {
  const double inside = smoothstep(depth(x - square.left, square.side) - 1) *
                        smoothstep(depth(y - square.top, square.side) - 1);
  return 1 - inside * (1 - smoothstep((y - chin) / (chin_share * square.side)));
}

PhotoLayers torso_of(const PhotoLayers& layers, const CropSquare& square, double chin) {
  PhotoLayers torso{layers.region, layers.alpha.clone(), layers.person.clone(), layers.plate};
  for (int y = 0; y < torso.alpha.rows; ++y) {
    auto* alpha = torso.alpha.ptr(y);
    auto* person = torso.person.ptr<cv::Vec3b>(y);
    for (int x = 0; x < torso.alpha.cols; ++x) {
      const double share = kept(x, y, square, chin);
      if (share >= 1) continue;
      alpha[x] = cv::saturate_cast<std::uint8_t>(share * alpha[x]);
      for (int c = 0; c < 3; ++c) person[x][c] = cv::saturate_cast<std::uint8_t>(share * person[x][c]);
    }
  }
  return torso;
}

void require_usable(const GeneratedFrame& frame) {
  const std::size_t pixels = static_cast<std::size_t>(frame.size) * static_cast<std::size_t>(frame.size);
  if (frame.size < 2 || frame.alpha.size() != pixels || frame.colour.size() != 3 * pixels) {
    throw ModelError("a portrait of size " + std::to_string(frame.size) +
                     " has planes of another size; use another model");
  }
  const CropSquare& square = frame.square;
  if (!(std::abs(square.left) < farthest && std::abs(square.top) < farthest && square.side >= 1 &&
        square.side < farthest)) {
    throw InputError("the face of a frame lies far outside of the picture; choose another driver");
  }
}

/// B, G, R and 1 of each pixel times its alpha, CV_32FC4, colours to 255.
void premultiply(const GeneratedFrame& frame, cv::Mat& result) {
  const int size = frame.size;
  const std::size_t pixels = frame.alpha.size();
  result.create(size, size, CV_32FC4);
  for (int y = 0; y < size; ++y) {
    auto* row = result.ptr<cv::Vec4f>(y);
    const double down = smoothstep(depth(y + 0.5, size));
    for (int x = 0; x < size; ++x) {
      const std::size_t i = static_cast<std::size_t>(y) * static_cast<std::size_t>(size) + x;
      const float alpha = frame.alpha[i] * static_cast<float>(down * smoothstep(depth(x + 0.5, size)));
      const float scale = 255.0F * alpha;
      row[x] = {scale * frame.colour[2 * pixels + i], scale * frame.colour[pixels + i],
                scale * frame.colour[i], alpha};
    }
  }
}

}  // namespace

PortraitCompositor::PortraitCompositor(const cv::Mat& photo, const PhotoLayers& layers,
                                       const CropSquare& at_rest, double chin)
    : layers_(layers) {
  if (photo.empty() || photo.type() != CV_8UC3 || layers.region != cv::Rect({0, 0}, photo.size())) {
    throw InputError("a drawn person needs layers of all of the photo; take the photo apart again");
  }
  torso_ = torso_of(layers_, at_rest, chin);
  output_ = photo.clone();
  layers_.alpha.copyTo(alpha_);
  lay_base(layers_.plate);
}

void PortraitCompositor::lay_base(const cv::Mat& behind) {
  base_ = put_before(torso_, behind);
  drawn_ = {{0, 0}, base_.size()};
}

const cv::Mat& PortraitCompositor::put_behind(const cv::Mat& background) {
  if (background.size() != output_.size()) {
    throw InputError("another background needs the photo's size");
  }
  lay_base(background);
  put_before(layers_, background).copyTo(output_);
  layers_.alpha.copyTo(alpha_);
  return output_;
}

cv::Mat& PortraitCompositor::compose(const GeneratedFrame& frame) {
  require_usable(frame);
  base_(drawn_).copyTo(output_(drawn_));
  torso_.alpha(drawn_).copyTo(alpha_(drawn_));
  const CropSquare& square = frame.square;
  const cv::Point corner(static_cast<int>(std::floor(square.left)), static_cast<int>(std::floor(square.top)));
  const int side = static_cast<int>(std::ceil(square.side)) + 2;
  drawn_ = cv::Rect(corner, cv::Size(side, side)) & cv::Rect({0, 0}, output_.size());
  if (drawn_.empty()) return output_;

  premultiply(frame, premultiplied_);
  const double scale = frame.size / square.side;
  const cv::Matx23d from_output(scale, 0, (drawn_.x - square.left) * scale - 0.5, 0, scale,
                                (drawn_.y - square.top) * scale - 0.5);
  cv::warpAffine(premultiplied_, warped_, from_output, drawn_.size(), cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                 cv::BORDER_CONSTANT);
  for (int y = 0; y < drawn_.height; ++y) {
    const auto* over = warped_.ptr<cv::Vec4f>(y);
    auto* picture = output_.ptr<cv::Vec3b>(drawn_.y + y) + drawn_.x;
    auto* alpha = alpha_.ptr(drawn_.y + y) + drawn_.x;
    for (int x = 0; x < drawn_.width; ++x) {
      const float through = 1 - over[x][3];
      for (int c = 0; c < 3; ++c) {
        picture[x][c] =
            cv::saturate_cast<std::uint8_t>(over[x][c] + through * static_cast<float>(picture[x][c]));
      }
      alpha[x] = cv::saturate_cast<std::uint8_t>(255 * over[x][3] + through * static_cast<float>(alpha[x]));
    }
  }
  return output_;
}

}  // namespace reenact
