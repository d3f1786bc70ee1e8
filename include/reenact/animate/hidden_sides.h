#pragma once

#include <Eigen/Core>
#include <opencv2/core.hpp>
#include <vector>

#include "reenact/core/face_model.h"
#include "reenact/render/conditioning.h"
#include "reenact/render/generated_frame.h"

namespace reenact {

/// What is to be shown instead of what a generator says, row-major planes of size²; empty where nothing is.
struct SidePlanes {
  std::vector<float> colour;  ///< R, G, B in [0,1]
  std::vector<float> share;   ///< in [0,1], how far that colour is shown
  /// In [0,1], near the outline that skin goes behind: how far the warped photo is to be trusted where a
  /// generator's colour is another than this one.
  std::vector<float> trust;
  std::vector<float> tint;  ///< in [0,1], how far a generator's own colour is replaced by that one
};

/// The skin of cheeks, jaw and ears that a photo shows edge-on or hides. A warp would draw it out as the head
/// turns; instead it gets the colours of the skin that faces the viewer in the photo, continued smoothly over
/// the surface. Where the photo shows something else there, such as hair, it is left as it is, and so is the
/// scalp; of the neck what a generator paints gets those colours, and the warp is left. On the other side,
/// where skin goes behind the face's outline, the warped photo is right on both sides of the outline, which a
/// network need not know.
class HiddenSides {
 public:
  /// `source` is the person's state in a crop, which `picture` (CV_8UC3, B, G, R, square) and the person's
  /// `alpha` (CV_8UC1) show. `model` must outlive the sides.
  HiddenSides(const FaceModel& model, const FaceState& source, const cv::Mat& picture, const cv::Mat& alpha);

  /// What is to be shown in a frame whose `raster` is of the model's triangles in `pose`. Nothing in the pose
  /// of the photo.
  SidePlanes planes(const Raster& raster, const Pose& pose) const;

 private:
  /// Of a vertex: how far it is skin that the photo sees well, and how far what is painted there gets its
  /// colour, or the warp gives way to that, too, once a frame shows it so many times as large as the photo.
  struct Uncovering {
    float skin = 0;
    float tint = 0;
    float share = 0;
    float from = 1;
    float to = 2;
  };

  const FaceModel& model_;
  Eigen::Matrix3Xf normals_;      ///< smooth, of the photo's shape, in the model's frame
  Eigen::Vector3f viewer_;        ///< of the photo, in the model's frame
  Eigen::VectorXf facing_photo_;  ///< cosine of the angle to the photo's viewer, at least a little
  Eigen::Matrix3Xf colours_;      ///< R, G, B in [0,1]
  std::vector<Uncovering> uncovering_;
};

/// Puts sides into a frame of the same size.
void show_sides(const SidePlanes& sides, GeneratedFrame& frame);

}  // namespace reenact
