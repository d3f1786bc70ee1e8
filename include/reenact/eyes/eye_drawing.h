#pragma once

#include <opencv2/core.hpp>

#include "reenact/core/crop.h"
#include "reenact/eyes/eye_pose.h"
#include "reenact/eyes/photo_eye.h"
#include "reenact/render/generated_frame.h"

namespace reenact {

/// An eye drawn over part of the canvas.
struct EyeLayer {
  cv::Rect box;    ///< in canvas pixels; may reach beyond the canvas
  cv::Mat colour;  ///< CV_32FC3, B, G, R in [0, 255]
  cv::Mat mask;    ///< CV_32F in [0, 1]: how far the layer covers what is below
};

/// Where the frame reads the photo: backward flow at any place of the canvas.
class FlowField {
 public:
  /// The photo as it is.
  FlowField() = default;
  /// `frame` must outlive the field; `crop` is the network's square in canvas pixels.
  FlowField(const GeneratedFrame& frame, const CropSquare& crop) : frame_(&frame), crop_(crop) {}

  /// Position in the photo that is shown at `place`, both in canvas pixels.
  Eigen::Vector2f source_of(const Eigen::Vector2f& place) const;

 private:
  const GeneratedFrame* frame_ = nullptr;
  CropSquare crop_;
};

/// Draws an eye as `pose` has it: the eyeball between the lids, the skin of the lids stretched between the
/// edges and the skin around, which `flow` moves. `canvas` is the photo, 8-bit BGR. `layer` is overwritten;
/// its memory is used again.
void draw_eye(const PhotoEye& eye, const EyePose& pose, const cv::Mat& canvas, const FlowField& flow,
              EyeLayer& layer);

/// Blends a layer into an 8-bit BGR picture, inside `region` alone.
void paste_eye(const EyeLayer& layer, const cv::Rect& region, cv::Mat& picture);

}  // namespace reenact
