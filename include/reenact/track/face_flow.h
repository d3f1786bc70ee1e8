#pragma once

#include <opencv2/core.hpp>

#include "reenact/core/face_model.h"
#include "reenact/render/conditioning.h"
#include "reenact/render/rasterizer.h"

namespace reenact {

/// A face posed in a picture: where its vertices lie and which triangle each pixel shows.
struct ProjectedFace {
  Eigen::Matrix3Xf vertices;  ///< 3×V, pixels; z larger is nearer
  Raster raster;

  /// Pixels the face covers (8-bit, 255), cut to a picture of this size.
  cv::Mat mask(cv::Size size) const;
};

/// Projects a state whose pose is in pixels and rasterises its face (without neck, ears and scalp) into a
/// square of `size` pixels from the picture's top left corner.
ProjectedFace project_visible_face(const FaceModel& model, const FaceState& state, int size);

/// Flow in pixels that leads from each point of the face to where that surface point was before (CV_32FC2),
/// and where it is valid: covered now, and not hidden then (8-bit, 255).
struct FaceFlow {
  cv::Mat flow;
  cv::Mat mask;
};
FaceFlow flow_between(const FaceModel& model, const ProjectedFace& now, const ProjectedFace& before,
                      cv::Size size);

}  // namespace reenact
