#include "detail/shading_picture.h"

#include <opencv2/imgcodecs.hpp>

#include "reenact/core/error.h"

namespace reenact {
namespace {

constexpr int jpeg_quality = 85;
constexpr double steps_per_e = 256;
constexpr double middle = 128;

const cv::Rect ratio_half(0, 0, shading_side, shading_side);
const cv::Rect confidence_half(0, shading_side, shading_side, shading_side);

}  // namespace

SkinShading encode_shading(const ShadingPlanes& planes) {
  cv::Mat picture(2 * shading_side, shading_side, CV_8U);
  planes.log_ratio.convertTo(picture(ratio_half), CV_8U, steps_per_e, middle);
  planes.confidence.convertTo(picture(confidence_half), CV_8U, 255);
  SkinShading shading;
  cv::imencode(".jpg", picture, shading.jpeg, {cv::IMWRITE_JPEG_QUALITY, jpeg_quality});
  return shading;
}

ShadingPlanes decode_shading(const SkinShading& shading) {
  cv::Mat picture;
  if (!shading.jpeg.empty()) picture = cv::imdecode(shading.jpeg, cv::IMREAD_GRAYSCALE);
  if (picture.size() != cv::Size(shading_side, 2 * shading_side)) {
    throw InputError("the motion holds a picture of the skin that cannot be decoded; track the driver again");
  }
  ShadingPlanes planes;
  picture(ratio_half).convertTo(planes.log_ratio, CV_32F, 1 / steps_per_e, -middle / steps_per_e);
  picture(confidence_half).convertTo(planes.confidence, CV_32F, 1 / 255.0);
  return planes;
}

}  // namespace reenact
