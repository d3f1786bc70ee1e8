#pragma once

#include <Eigen/Core>
#include <opencv2/core.hpp>

#include "reenact/core/face_model.h"
#include "reenact/core/pose.h"
#include "reenact/core/skin_shading.h"

namespace reenact {

/// The skin of the mean face, seen from the front, as a picture of shading_side² texels.
struct FaceLayout {
  Pose camera;                 ///< that sees the mean face so
  Eigen::Matrix3Xi triangles;  ///< of the face alone, without head, neck, eyes and the inside of the mouth
  Eigen::Matrix3Xi corners;    ///< 3×texels, row by row: the vertices around each texel …
  Eigen::Matrix3Xf
      weights;  ///< 3×texels: … and their weights; beside the face those of the nearest texel on it
  Eigen::Matrix3Xf normals;  ///< 3×texels: of the mean face, model frame
  cv::Mat_<float> depth;     ///< model z in centimetres, beside the face that of the nearest texel on it
  cv::Mat_<float> skin;  ///< 1 on skin, 0 on eyes and lips, 2.5 mm around them, nostrils, and beside the face
  cv::Mat_<float> edge_fade;  ///< 0 on the face's border, 1 from 8 mm inside it on

  double texels_per_cm() const { return camera.scale; }
};

/// Throws ModelError when the model has no mesh468 landmarks, which tell where eyes, lips and nose are.
FaceLayout make_face_layout(const FaceModel& model);

}  // namespace reenact
