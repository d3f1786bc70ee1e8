#pragma once

#include <Eigen/Core>
#include <array>
#include <opencv2/core.hpp>

#include "reenact/core/crop.h"
#include "reenact/core/face_model.h"
#include "reenact/eyes/photo_eye.h"
#include "reenact/render/conditioning.h"

namespace reenact {

/// Which network pixels show the surface around one eye: nothing that lies before it, as the ridge of the
/// nose does before the far eye of a turned head.
struct EyeFront {
  cv::Mat share;                                     ///< CV_32F in [0, 1]
  Eigen::Vector2f origin = Eigen::Vector2f::Zero();  ///< canvas position of the middle of its first pixel
  float pixels_per_canvas_pixel = 1;
};

/// One eye in one frame, in pixels of the canvas.
struct EyePose {
  LidCurves lids;
  float scale = 1;    ///< of the face, over that in the photo
  float opening = 1;  ///< of the lids, over that in the photo
  Eigen::Vector2f ball_centre = Eigen::Vector2f::Zero();
  /// From directions at which the frame shows a point of the eyeball to those at which the photo does.
  Eigen::Matrix3f photo_from_frame = Eigen::Matrix3f::Identity();
  float gaze_change_rad = 0;
  float strength = 1;  ///< in [0, 1]: 0 leaves the eye to the mesh
  EyeFront front;      ///< empty: all of it is seen
};

/// The pose of an eye as the photo shows it.
EyePose pose_in_photo(const PhotoEye& eye);

/// The face model's points around both eyes, for one person.
class EyePoints {
 public:
  EyePoints(const FaceModel& model, const Eigen::VectorXd& identity);

  struct Eye {
    EyeContour contour;
    Eigen::Vector2f ball_centre = Eigen::Vector2f::Zero();
  };
  /// In the pixels of `pose`: the subject's right eye, then the left.
  std::array<Eye, 2> place(const Eigen::VectorXd& expression, const Pose& pose) const;

  /// Of both eyeballs, in centimetres.
  const std::array<float, 2>& ball_radius_cm() const { return ball_radius_cm_; }

 private:
  Eigen::Matrix3Xf neutral_;    ///< mean + identity·α
  Eigen::MatrixXf expression_;  ///< rows as in FaceModel
  std::array<float, 2> ball_radius_cm_{};
};

/// Poses one eye. `in_photo` and `now` are the model's points in the photo and in the frame, `source` and
/// `state` the faces there. The lids' edges are the photo's, moved by a smooth function of the mesh's motion;
/// near shut their gap is `opening` times the photo's. The upper lid goes down with an iris that looks down.
/// Lids that the photo shows shut have `opening` times the gap of PhotoEye::open_gap.
EyePose pose_eye(const PhotoEye& eye, const EyePoints::Eye& in_photo, const EyePoints::Eye& now,
                 const FaceState& source, const FaceState& state, float opening);

/// Where the frame that `maps` describe shows the surface around an eye, near the eye. `crop` is the
/// network's square in canvas pixels.
EyeFront eye_front(const FaceModel& model, EyeSide side, const EyeFrame& frame, const ConditioningMaps& maps,
                   const CropSquare& crop);

}  // namespace reenact
