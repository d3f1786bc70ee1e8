#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <algorithm>
#include <array>
#include <opencv2/core.hpp>
#include <optional>

#include "reenact/core/face_model.h"
#include "reenact/core/mouth_patch.h"
#include "reenact/core/pose.h"
#include "reenact/mouth/linear_points.h"
#include "reenact/mouth/upper_teeth.h"

namespace reenact {

/// Points around the mouth that its opening moves little or as a whole: nose, cheeks, chin.
inline constexpr std::array<int, face_anchors> anchor_landmarks = {
    1, 2, 98, 327, 5, 4, 50, 280, 205, 425, 152, 175, 199, 200, 187, 411, 57, 287, 164, 18, 17};

/// The parts of the face model that place a mouth: lips, upper teeth, anchors.
class MouthGeometry {
 public:
  /// Throws ModelError when the model has no dense landmarks.
  explicit MouthGeometry(const FaceModel& model);

  struct Places {
    Eigen::Matrix2Xd inner;  ///< 2×20 lip landmarks
    Eigen::Matrix2Xd outer;  ///< likewise
    Eigen::Vector2d upper_teeth;
    Eigen::Matrix2Xd anchors;  ///< 2×21
  };
  /// In the pixels of `pose`.
  Places project(const Eigen::VectorXd& identity, const Eigen::VectorXd& expression, const Pose& pose) const;

 private:
  LinearPoints inner_;
  LinearPoints outer_;
  LinearPoints upper_teeth_;
  LinearPoints anchors_;
};

/// Adds to the patch of a frame what only the fits of the face tell: its own fit and the smoothed one, in
/// frame pixels.
void complete_patch(MouthPatch& patch, const Eigen::Affine2d& patch_from_frame,
                    const MouthGeometry::Places& own, const MouthGeometry::Places& smoothed);

/// How a mouth is drawn out to the corners of an opening. No affine map does that where a head is turned,
/// which makes one half of its mouth narrower than the other, or where lips are rounded. The middle keeps its
/// shape.
struct CornerStretch {
  Eigen::Vector2d middle = Eigen::Vector2d::Zero();
  Eigen::Vector2d axis = Eigen::Vector2d::UnitX();  ///< from the subject's right corner to the left
  double half = 1;                                  ///< of the opening's width
  double right = 0;  ///< by which its corner is read nearer to the middle, of `half`
  double left = 0;   ///< both below 1/2: places keep their order

  /// Place along the axis, −1 at the right corner and 1 at the left.
  double along(const Eigen::Vector2d& place) const { return axis.dot(place - middle) / half; }
  /// How far along the axis, of `half`, what is shown at the place `u` along it is read from there.
  double shift(double u) const {
    u = std::clamp(u, -1.0, 1.0);
    return u * u * (u < 0 ? right : -left);
  }
  /// The place where what lies at `place` is shown.
  Eigen::Vector2d shown_at(const Eigen::Vector2d& place) const;
};

/// A driver's mouth on its way into a photo; positions are pixels of the canvas.
struct PlacedMouth {
  Eigen::Matrix2Xd opening;   ///< 2×80: between the lips of the moved photo
  Eigen::Matrix2Xd lips;      ///< 2×80: their outer edge
  Eigen::Matrix2Xd lip_edge;  ///< 2×80: where the driver's lips come to lie
  CornerStretch stretch;      ///< before `patch_from_canvas`
  Eigen::Affine2d patch_from_canvas = Eigen::Affine2d::Identity();
  cv::Mat picture;        ///< of the patch, 8-bit BGR; to be read only
  double pixel_size = 1;  ///< MouthPatch::pixel_size
  /// Where the head, not the lips, has the pixels of the canvas in the photo at rest.
  Eigen::Affine2d photo_from_canvas = Eigen::Affine2d::Identity();
  std::optional<ToothRow> drawn_row = std::nullopt;  ///< teeth to draw over the driver's
  double amount = 0;                                 ///< in [0,1], over the generated mouth
  double shut = 0;  ///< in [0,1]: how far a photo's own teeth between its lips are to go
};

/// Lays the patches of one driver into the mouth of one photo. An affine map takes the moved lips to the edge
/// of the driver's, held near that of the faces as wholes. It is low-passed relative to the faces, its place
/// relative to the upper teeth, so that teeth keep still within the head.
class MouthPlacer {
 public:
  /// `target` are the places of the moved photo in the canvas. `time_s` increases from call to call.
  PlacedMouth place(const MouthPatch& patch, const MouthGeometry::Places& target, double time_s);

  /// Forgets the frames before: the mouth was closed.
  void reset() { last_.reset(); }

 private:
  struct Filtered {
    double time_s = 0;
    Eigen::Matrix2d stretch;      ///< of the map, over that of the faces
    Eigen::Vector2d above_teeth;  ///< of the map's place relative to the upper teeth, canvas pixels
    Eigen::Vector2d corners;      ///< CornerStretch::right and left
  };
  std::optional<Filtered> last_;
};

/// Least squares: A and b of y ≈ A x + b over the columns of `x` and `y`, with A drawn towards `prior` as
/// strongly as by `prior_weight` points.
Eigen::Affine2d fit_affine(const Eigen::Matrix2Xd& x, const Eigen::Matrix2Xd& y,
                           const Eigen::Matrix2d& prior = Eigen::Matrix2d::Identity(),
                           double prior_weight = 0);

}  // namespace reenact
